package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** A server that takes connections and never says a word. */
final class SilentServer implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final CountDownLatch connected = new CountDownLatch(1);

  SilentServer() {
    this(0);
  }

  /** One on a port of the loopback interface; 0: any free one. */
  SilentServer(int port) {
    try {
      listener = new ServerSocket(port, 16, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::accept, "silent-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        sockets.add(listener.accept());
        connected.countDown();
      }
    } catch (IOException e) {
      hangUp(); // the listener was closed
    }
  }

  Endpoint endpoint() {
    return new Endpoint(
        InetAddress.getLoopbackAddress().getHostAddress(), listener.getLocalPort(), false);
  }

  /** Waits until somebody has connected. */
  void awaitConnection() throws InterruptedException {
    connected.await();
  }

  /** Closes all connections and takes no more. */
  void hangUp() {
    try {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    hangUp();
  }
}
