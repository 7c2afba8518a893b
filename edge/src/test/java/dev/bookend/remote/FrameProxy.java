package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A relay in front of a server that reads the server's HTTP/2 frames (RFC 9113, section 4) and
 * spoils one of them. The content of DATA frames stays as it is: what TLS would have noticed is
 * another matter.
 */
final class FrameProxy implements AutoCloseable {
  private static final int DATA = 0;

  /** What happens to a frame. */
  enum Fault {
    TYPE,
    FLAGS,
    LENGTH,
    STREAM,
    PAYLOAD,
    TWICE,
    GO_AWAY,
    RESET_STREAM,
    GARBAGE,
    RESET,
    CLOSE,
    SILENCE,
    DRIP
  }

  private final Endpoint behind;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private Random random = new Random(0);
  private Fault fault;
  private int framesToPass = -1; // -1: all

  FrameProxy(Endpoint behind) throws IOException {
    this.behind = behind;
    this.listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  Endpoint endpoint() {
    return new Endpoint(listener.getInetAddress().getHostAddress(), listener.getLocalPort(), false);
  }

  /** Strikes once, after so many frames. */
  synchronized void strike(Fault next, int afterFrames, long seed) {
    fault = next;
    framesToPass = afterFrames;
    random = new Random(seed);
  }

  private synchronized Fault take() {
    if (framesToPass < 0 || framesToPass-- > 0) {
      return null;
    }
    return fault;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        Socket far = new Socket();
        sockets.add(near);
        sockets.add(far);
        far.connect(new InetSocketAddress(behind.host(), behind.port()));
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        start(
            () -> relay(near, far, () -> near.getInputStream().transferTo(far.getOutputStream())));
        start(() -> relay(near, far, () -> frames(far.getInputStream(), near)));
      } catch (IOException e) {
        // The listener was closed, or a peer has left already.
      }
    }
  }

  private interface Transfer {
    void run() throws IOException, InterruptedException;
  }

  private void relay(Socket near, Socket far, Transfer transfer) {
    try {
      transfer.run();
    } catch (IOException | InterruptedException e) {
      // The connection ends below.
    }
    end(near);
    end(far);
  }

  private void frames(InputStream server, Socket near) throws IOException, InterruptedException {
    DataInputStream in = new DataInputStream(server);
    OutputStream out = near.getOutputStream();
    byte[] header = new byte[9];
    while (true) {
      in.readFully(header);
      int length = (header[0] & 255) << 16 | (header[1] & 255) << 8 | (header[2] & 255);
      byte[] payload = new byte[length];
      in.readFully(payload);
      Fault now = take();
      if (now == null) {
        write(out, header, payload);
      } else {
        spoil(now, near, header, payload);
      }
    }
  }

  private synchronized int draw(int bound) {
    return random.nextInt(bound);
  }

  private void spoil(Fault now, Socket near, byte[] header, byte[] payload)
      throws IOException, InterruptedException {
    OutputStream out = near.getOutputStream();
    switch (now) {
      case TYPE -> {
        header[3] = (byte) (1 + draw(255)); // no DATA out of another frame
        write(out, header, payload);
      }
      case FLAGS -> {
        header[4] = (byte) draw(256);
        write(out, header, payload);
      }
      case LENGTH -> {
        header[draw(3)] ^= (byte) (1 + draw(255));
        write(out, header, payload);
      }
      case STREAM -> {
        header[8] ^= (byte) (1 + draw(255));
        write(out, header, payload);
      }
      case PAYLOAD -> {
        if (header[3] != DATA && payload.length > 0) {
          payload[draw(payload.length)] ^= (byte) (1 + draw(255));
        }
        write(out, header, payload);
      }
      case TWICE -> {
        write(out, header, payload);
        if (header[3] != DATA) { // a message with rows twice might pass for another message
          write(out, header, payload);
        }
      }
      case GO_AWAY -> {
        byte[] text = "\u001b[2Jtoo_many_pings".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] body = new byte[8 + text.length];
        body[7] = (byte) draw(14);
        System.arraycopy(text, 0, body, 8, text.length);
        write(out, new byte[] {0, 0, (byte) body.length, 7, 0, 0, 0, 0, 0}, body);
        write(out, header, payload);
      }
      case RESET_STREAM -> {
        byte[] reset = {0, 0, 4, 3, 0, header[5], header[6], header[7], header[8]};
        write(out, reset, new byte[] {0, 0, 0, (byte) draw(14)});
      }
      case GARBAGE -> {
        byte[] garbage = new byte[1 + draw(1_000)];
        for (int i = 0; i < garbage.length; i++) {
          garbage[i] = (byte) draw(256);
        }
        out.write(garbage);
      }
      case RESET -> {
        near.setSoLinger(true, 0);
        throw new IOException("reset");
      }
      case CLOSE -> throw new IOException("closed");
      case SILENCE -> Thread.sleep(60_000);
      case DRIP -> {
        out.write(header);
        for (byte each : payload) {
          out.write(each);
          Thread.sleep(20);
        }
      }
    }
  }

  private static void write(OutputStream out, byte[] header, byte[] payload) throws IOException {
    out.write(header);
    out.write(payload);
    out.flush();
  }

  private void start(Runnable work) {
    Thread thread = new Thread(work, "frame-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use in any case.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(this::end);
  }
}
