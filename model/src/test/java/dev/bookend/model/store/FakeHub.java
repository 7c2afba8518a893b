package dev.bookend.model.store;

import com.google.common.hash.Hashing;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * A server that speaks the hub's protocol for the repository {@code owner/name} on a real socket.
 * Large files are on a second host, to which it redirects as the hub does.
 */
public final class FakeHub implements AutoCloseable {
  static {
    // Else each small answer waits for the client's acknowledgement, which comes late.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]+)");

  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  public final Map<String, byte[]> files = new LinkedHashMap<>();

  /** Sizes of files that are longer than their content: zeros follow, made on the fly. */
  final Map<String, Long> sizes = new HashMap<>();

  /** How many bytes of files have been sent. */
  public final AtomicLong sent = new AtomicLong();

  /** Each request as "METHOD PATH Range Authorization", with "-" for a header that it lacks. */
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /** If not 0, the status of all answers. */
  volatile int status;

  /** How many answers with large files are cut in the middle. */
  final AtomicInteger cuts = new AtomicInteger();

  /** How many requests get status 503 first. */
  final AtomicInteger busy = new AtomicInteger();

  /** How many answers of the second host say that the address is not valid any more. */
  final AtomicInteger expired = new AtomicInteger();

  /** Whether large files break off before their first byte. */
  volatile boolean dead;

  /** How long a busy server asks to wait. */
  volatile Optional<String> retryAfter = Optional.empty();

  volatile boolean speaksHtml;
  volatile boolean wrongChecksum;
  volatile boolean ignoresRanges;

  private final HttpServer api;
  private final HttpServer storage = start(this::store);

  public FakeHub() {
    api = start(this::answer);
  }

  /** A hub behind TLS. */
  FakeHub(SSLContext tls) {
    try {
      HttpsServer server =
          HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls));
      api = serve(server, this::answer);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private static HttpServer start(Handler handler) {
    try {
      return serve(
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
          handler);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpServer serve(HttpServer server, Handler handler) {
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            handler.handle(exchange);
          }
        });
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "hub");
              thread.setDaemon(true);
              return thread;
            }));
    server.start();
    return server;
  }

  int port() {
    return api.getAddress().getPort();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + api.getAddress().getPort();
  }

  long requested(String part) {
    return requests.stream().filter(request -> request.contains(part)).count();
  }

  private void log(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add(
        exchange.getRequestURI()
            + " "
            + (range == null ? "-" : range)
            + " "
            + (authorization == null ? "-" : authorization));
  }

  private void answer(HttpExchange exchange) throws IOException {
    log(exchange);
    String path = exchange.getRequestURI().getPath();
    String file = path.replaceFirst("^/owner/name/resolve/[^/]*/", "");
    retryAfter.ifPresent(value -> exchange.getResponseHeaders().set("Retry-After", value));
    if (status != 0 || busy.getAndDecrement() > 0) {
      exchange.sendResponseHeaders(status != 0 ? status : 503, -1);
    } else if (path.equals("/api/models/owner/name/revision/main")
        || path.equals("/api/models/owner/name/revision/refs/pr/1")) {
      send(exchange, speaksHtml ? "<html>" : "{\"sha\": \"" + COMMIT + "\"}");
    } else if (path.equals("/api/models/owner/name/tree/" + COMMIT)) {
      send(exchange, listing());
    } else if (path.equals("/owner/name/resolve/" + COMMIT + "/" + file)
        && files.containsKey(file)) {
      if (isLarge(file)) {
        String location =
            "http://127.0.0.1:" + storage.getAddress().getPort() + "/blob/" + Hub.encoded(file);
        exchange.getResponseHeaders().set("Location", location);
        exchange.sendResponseHeaders(302, -1);
      } else {
        exchange.sendResponseHeaders(200, files.get(file).length);
        sent.addAndGet(files.get(file).length);
        exchange.getResponseBody().write(files.get(file));
      }
    } else {
      exchange.sendResponseHeaders(404, -1);
    }
  }

  private void store(HttpExchange exchange) throws IOException {
    log(exchange);
    if (expired.getAndDecrement() > 0) {
      exchange.sendResponseHeaders(403, -1);
      return;
    }
    String file = exchange.getRequestURI().getPath().replace("/blob/", "");
    String range = exchange.getRequestHeaders().getFirst("Range");
    long from = 0;
    long to = size(file);
    boolean isPart = range != null && !ignoresRanges;
    if (isPart) {
      Matcher asked = RANGE.matcher(range);
      if (!asked.matches()) {
        throw new IOException("range");
      }
      from = Long.parseLong(asked.group(1));
      to = Math.min(to, Long.parseLong(asked.group(2)) + 1);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size(file));
    }
    exchange.sendResponseHeaders(isPart ? 206 : 200, to - from);
    OutputStream out = exchange.getResponseBody();
    if (dead) {
      throw new IOException("dead");
    }
    if (cuts.getAndDecrement() > 0) {
      send(out, file, from, from + (to - from) / 2);
      out.flush();
      throw new IOException("cut"); // the exchange closes with less than was announced
    }
    send(out, file, from, to);
  }

  private long size(String file) {
    return sizes.getOrDefault(file, (long) files.get(file).length);
  }

  private void send(OutputStream out, String file, long from, long to) throws IOException {
    byte[] content = files.get(file);
    byte[] some = new byte[1 << 16];
    for (long at = from; at < to; ) {
      int count = (int) Math.min(some.length, to - at);
      int real = (int) Math.max(0, Math.min(count, content.length - at));
      System.arraycopy(content, real == 0 ? 0 : (int) at, some, 0, real);
      sent.addAndGet(count); // before the client can have them
      out.write(some, 0, count);
      if (at < content.length) {
        Arrays.fill(some, (byte) 0);
      }
      at += count;
    }
  }

  private static boolean isLarge(String file) {
    return file.endsWith(".safetensors") || file.endsWith(".gguf");
  }

  private String listing() {
    JsonArray entries = new JsonArray();
    files.forEach(
        (path, content) -> {
          JsonObject entry = new JsonObject();
          entry.addProperty("type", "file");
          entry.addProperty("path", path);
          entry.addProperty("size", size(path));
          if (isLarge(path) && !sizes.containsKey(path)) {
            JsonObject lfs = new JsonObject();
            lfs.addProperty(
                "oid",
                wrongChecksum ? "0".repeat(64) : Hashing.sha256().hashBytes(content).toString());
            entry.add("lfs", lfs);
          }
          entries.add(entry);
        });
    return entries.toString();
  }

  private static void send(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    api.stop(0);
    storage.stop(0);
  }
}
