package dev.bookend.tunnel;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.Route;
import dev.bookend.triton.TritonException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way through SSH to a server on another machine. Each TCP connection to {@link #address} is
 * carried by a process of the system's {@code ssh}, with the user's keys, agent, configuration and
 * known hosts. {@code ssh} asks nothing: what it would have to ask, such as whether an unknown host
 * is to be trusted, is an error.
 *
 * <p>A tunnel that breaks is not mended in itself: its connection ends, and the next connection
 * begins another one. The processes end with their connections, and so with this program, however
 * that ends.
 *
 * <p>Safe for use by several threads.
 */
public final class SshTunnel implements Route, AutoCloseable {
  private final SshHost host;
  private final Endpoint server;
  private final SshCommand command;
  private final ServerSocket listener;
  private final Set<SshConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile TritonException failure; // null while the last connection lives

  SshTunnel(SshHost host, Endpoint server, SshCommand command) {
    this.host = host;
    this.server = server;
    this.command = command;
    try {
      this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot open a local port for the SSH tunnel: " + e.getMessage(), e);
    }
    SshConnection.start("bookend-ssh-accept", this::accept);
  }

  /**
   * Opens the near end of a tunnel. {@code ssh} is started with the first connection. The program
   * is the {@code ssh} on the path, or the one that the environment's BOOKEND_SSH names.
   *
   * @param server where the server listens, as the far machine names it
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if no local port can be opened
   */
  public static SshTunnel open(SshHost host, Endpoint server) {
    return new SshTunnel(host, server, SshCommand.ofSystem());
  }

  @Override
  public String name() {
    return "ssh://" + host + "?to=" + server.host() + ":" + server.port();
  }

  /** The near end, on the loopback interface. */
  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  /** What {@code ssh} complained of, or why it could not be started. */
  @Override
  public Optional<TritonException> failure() {
    return Optional.ofNullable(failure);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        SshConnection.start("bookend-ssh", () -> carry(near));
      } catch (IOException e) {
        // The listener was closed, or the peer has left already.
      }
    }
  }

  private void carry(Socket near) {
    // The failure stands before the connection ends, for then it is asked for.
    try (near) {
      try (SshConnection connection = new SshConnection(near, command.start(host, server))) {
        connections.add(connection);
        try {
          connection
              .run(() -> failure = null)
              .ifPresent(complaint -> failure = complaint.toFailure(name()));
        } finally {
          connections.remove(connection);
        }
      }
    } catch (IOException e) {
      failure =
          new TritonException(
              TritonException.Kind.UNREACHABLE,
              name() + ": cannot start '" + command.program() + "': " + e.getMessage(),
              e);
    }
  }

  /** Ends all connections and their processes. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot close the SSH tunnel's port: " + e.getMessage(), e);
    } finally {
      connections.forEach(SshConnection::close);
    }
  }
}
