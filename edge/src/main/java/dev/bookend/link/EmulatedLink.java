package dev.bookend.link;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A relay on the loopback interface that makes every TCP connection through it as slow as a {@link
 * LinkProfile} says. It delays the bytes really sent, whatever they are: gRPC, TLS,
 * acknowledgements of HTTP/2. Opening a connection costs one round trip, as a TCP handshake does.
 */
public final class EmulatedLink implements AutoCloseable {
  private final InetSocketAddress target;
  private volatile LinkProfile profile;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private EmulatedLink(InetSocketAddress target, LinkProfile profile) throws IOException {
    this.target = target;
    this.profile = profile;
    this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
  }

  /**
   * Starts a relay to {@code target}.
   *
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if no local port can be opened
   */
  public static EmulatedLink open(InetSocketAddress target, LinkProfile profile) {
    try {
      EmulatedLink link = new EmulatedLink(target, profile);
      link.start("bookend-link-accept", link::accept);
      return link;
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED,
          "cannot open a local port for the emulated link: " + e.getMessage(),
          e);
    }
  }

  /** The address of the near end, on the loopback interface. */
  public InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  /** The profile at the time. */
  public LinkProfile profile() {
    return profile;
  }

  /** Changes the profile from the next byte on, also for connections that are open. */
  public void setProfile(LinkProfile next) {
    profile = next;
  }

  /** Cuts all connections, as a network failure would; new ones are accepted. */
  public void cut() {
    sockets.forEach(EmulatedLink::close);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot close the emulated link's port: " + e.getMessage(), e);
    } finally {
      cut();
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      Socket near;
      try {
        near = listener.accept();
      } catch (IOException e) {
        return; // the listener was closed
      }
      sockets.add(near);
      long connected = System.nanoTime();
      try {
        Socket far = new Socket(target.getHostString(), target.getPort());
        sockets.add(far);
        near.setOption(StandardSocketOptions.TCP_NODELAY, true);
        far.setOption(StandardSocketOptions.TCP_NODELAY, true);
        pump("up", near, far, LinkProfile::upBitsPerSecond, connected);
        pump("down", far, near, LinkProfile::downBitsPerSecond, connected);
      } catch (IOException e) {
        end(near); // the client sees a refused connection
      }
    }
  }

  private void pump(
      String direction,
      Socket from,
      Socket to,
      Function<LinkProfile, OptionalLong> bandwidth,
      long connected) {
    Duration handshake = profile.roundTrip();
    DelayLine line = new DelayLine(() -> profile, bandwidth, connected + handshake.toNanos());
    start("bookend-link-" + direction + "-in", () -> relay(from, to, () -> line.fill(from)));
    start("bookend-link-" + direction + "-out", () -> relay(from, to, () -> line.drain(to)));
  }

  private void relay(Socket from, Socket to, Transfer transfer) {
    try {
      transfer.run();
      if (from.isOutputShutdown() && to.isOutputShutdown()) { // the other direction has ended too
        end(from);
        end(to);
      }
    } catch (IOException e) {
      end(from);
      end(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(Socket socket) {
    close(socket);
    sockets.remove(socket);
  }

  private void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The socket is of no use in any case.
    }
  }

  private interface Transfer {
    void run() throws IOException, InterruptedException;
  }
}
