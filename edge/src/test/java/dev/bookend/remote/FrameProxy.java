package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/**
 * A relay in front of a server that reads the server's HTTP/2 frames (RFC 9113, section 4) and
 * spoils one of them. The content of DATA frames stays as it is: what TLS would have noticed is
 * another matter.
 */
final class FrameProxy implements AutoCloseable {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PRIORITY = 2;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  /** What an endless server sends before it gives up. */
  private static final int END = 16 << 20;

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
    DRIP,
    /** A frame of any kind, also of those that nobody has defined, before the right one. */
    EXTRA,
    /** The same kind of frame again and again, or a message that has no end. */
    ENDLESS,
    /** Messages that are compressed, which nobody has asked for, and huge when they are not. */
    GZIP
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

  private synchronized Fault take(int type) {
    if (framesToPass < 0 || framesToPass-- > 0) {
      return null;
    }
    if (fault == Fault.GZIP && type != HEADERS) {
      framesToPass = 0; // it begins where a stream does
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
    boolean compressed = false;
    while (true) {
      in.readFully(header);
      int length = (header[0] & 255) << 16 | (header[1] & 255) << 8 | (header[2] & 255);
      byte[] payload = new byte[length];
      in.readFully(payload);
      Fault now = take(header[3]);
      if (now == Fault.GZIP) {
        compressed = true;
        payload = Compressed.HEADERS;
        header[4] = 4; // the headers end, the stream goes on
        write(out, sized(header, payload), payload);
      } else if (compressed && header[3] == DATA && length > 0) {
        write(out, sized(header, Compressed.MESSAGE), Compressed.MESSAGE);
      } else if (now == null) {
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
        byte[] text = "\u001b[2Jtoo_many_pings".getBytes(StandardCharsets.UTF_8);
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
      case EXTRA -> {
        byte[] body = new byte[draw(4) == 0 ? draw(60) : bodyLength(draw(16))];
        for (int i = 0; i < body.length; i++) {
          body[i] = (byte) (draw(3) == 0 ? draw(256) : 0);
        }
        int stream = draw(3) == 0 ? 0 : header[8];
        byte[] extra = {0, 0, 0, (byte) draw(16), (byte) draw(64), 0, 0, 0, (byte) stream};
        write(out, sized(extra, body), body);
        write(out, header, payload);
      }
      case ENDLESS -> endless(out, draw(8), header[8]);
      case GZIP -> throw new IllegalStateException("begins in frames()");
    }
  }

  /** The length that a frame of some type must have; any where that is open. */
  private int bodyLength(int type) {
    return switch (type) {
      case PRIORITY -> 5;
      case RST_STREAM, WINDOW_UPDATE -> 4;
      case SETTINGS -> 6 * draw(4);
      case PING -> 8;
      case GO_AWAY -> 8 + draw(20);
      default -> draw(200);
    };
  }

  private static void endless(OutputStream out, int kind, byte stream) throws IOException {
    byte type =
        (byte)
            switch (kind) {
              case 0, 1 -> DATA;
              case 2 -> PING;
              case 3 -> SETTINGS;
              case 4 -> WINDOW_UPDATE;
              case 5 -> HEADERS;
              case 6 -> RST_STREAM;
              default -> 200;
            };
    byte[] body =
        switch (type) {
          case PING -> new byte[8];
          case SETTINGS -> new byte[] {0, 4, 0, 1, 0, 0}; // the window is so large
          case WINDOW_UPDATE, RST_STREAM -> new byte[] {0, 0, 0, 1};
          default -> new byte[kind == 1 ? 0 : 16_000];
        };
    byte target = type == PING || type == SETTINGS ? 0 : stream;
    byte[] header = sized(new byte[] {0, 0, 0, type, 0, 0, 0, 0, target}, body);
    if (kind == 0) { // a message of 2 GB begins
      write(out, new byte[] {0, 0, 5, DATA, 0, 0, 0, 0, stream}, new byte[] {0, 127, -1, -1, -1});
    }
    for (int sent = 0; sent < END; sent += header.length + body.length) {
      write(out, header, body);
      if (type == HEADERS) {
        header[3] = CONTINUATION; // of headers that have no end
      }
    }
  }

  /** A frame's header with the length of its body. */
  private static byte[] sized(byte[] header, byte[] body) {
    header[0] = (byte) (body.length >> 16);
    header[1] = (byte) (body.length >> 8);
    header[2] = (byte) body.length;
    return header;
  }

  /** What a server that compresses sends. */
  private static final class Compressed {
    /** :status 200, content-type, grpc-encoding, without a table (RFC 7541, section 6). */
    static final byte[] HEADERS = headers();

    /** A gRPC message of some 10 KB that takes 10 MB. */
    static final byte[] MESSAGE = message();

    private static byte[] headers() {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.write(0x88);
      for (String text : new String[] {"content-type", "grpc-encoding"}) {
        String value = text.equals("content-type") ? "application/grpc" : "gzip";
        block.write(0);
        for (String part : new String[] {text, value}) {
          block.write(part.length());
          block.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
        }
      }
      return block.toByteArray();
    }

    private static byte[] message() {
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(new byte[10 << 20]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return ByteBuffer.allocate(5 + zipped.size())
          .put((byte) 1)
          .putInt(zipped.size())
          .put(zipped.toByteArray())
          .array();
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
