package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP relay whose connections can fall silent, as half-open ones do; new ones work. */
final class SilencingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final Endpoint behind;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Socket> silent = ConcurrentHashMap.newKeySet();

  SilencingProxy(Endpoint behind) throws IOException {
    this.behind = behind;
    this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  Endpoint endpoint() {
    return new Endpoint(
        InetAddress.getLoopbackAddress().getHostAddress(), listener.getLocalPort(), false);
  }

  /** What comes on the connections that there are now goes nowhere from now on. */
  void silence() {
    silent.addAll(sockets);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "silencing-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listener.accept();
        Socket far = new Socket(behind.host(), behind.port());
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        sockets.add(near);
        sockets.add(far);
        start(() -> relay(near, far));
        start(() -> relay(far, near));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void relay(Socket from, Socket to) {
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (!silent.contains(from)) {
          out.write(buffer, 0, count);
        }
      }
      if (!silent.contains(from)) {
        to.close();
      }
    } catch (IOException e) {
      // one of the sides has closed its connection
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
