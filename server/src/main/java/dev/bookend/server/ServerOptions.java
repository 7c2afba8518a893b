package dev.bookend.server;

import dev.bookend.server.http.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a server listens and whom it answers. Immutable; the {@code with} methods give a copy with
 * one thing changed.
 *
 * @param host the name or address to listen on
 * @param port 0: any that is free
 * @param names by which clients ask for the model, at least one
 * @param keys one of which a client must give; empty: anyone may ask
 * @param tls with which to listen; empty: plain HTTP
 * @param origins of the web pages that may ask besides the server's own, as {@code
 *     https://chat.example}
 * @param accessLog takes a line for each request, without any of its content
 * @param drain how long answers that are under way may take when the server ends
 */
public record ServerOptions(
    String host,
    int port,
    List<String> names,
    List<String> keys,
    Optional<Tls> tls,
    List<String> origins,
    Consumer<String> accessLog,
    Duration drain) {
  /** The port that a server listens on where nothing else is said. */
  public static final int DEFAULT_PORT = 11435;

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is no name, or a key is blank, which anyone has
   */
  public ServerOptions {
    names = List.copyOf(names);
    keys = List.copyOf(keys);
    origins = List.copyOf(origins);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a model without a name cannot be asked for");
    }
    if (keys.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("an API key is empty, so that anyone would have it");
    }
  }

  /** Without the keys, so that they do not reach a log by accident. */
  @Override
  public String toString() {
    return "%s on %s:%d, %d keys".formatted(names, host, port, keys.size());
  }

  /**
   * The server's certificate, and its private key (PEM, PKCS #8).
   *
   * @param certificates its own first
   */
  public record Tls(Path certificates, Path key) {}

  /** Whether a server that listens on a host can be reached from this machine alone. */
  public static boolean isLoopback(String host) {
    return Gate.isLoopback(host);
  }

  /** A model under a name, for this machine alone. */
  public static ServerOptions of(String name) {
    return new ServerOptions(
        "127.0.0.1",
        DEFAULT_PORT,
        List.of(name),
        List.of(),
        Optional.empty(),
        List.of(),
        line -> {},
        Duration.ofSeconds(30));
  }

  /** The same elsewhere. */
  public ServerOptions withAddress(String other, int otherPort) {
    return new ServerOptions(other, otherPort, names, keys, tls, origins, accessLog, drain);
  }

  /** The same under several names. */
  public ServerOptions withNames(List<String> others) {
    return new ServerOptions(host, port, others, keys, tls, origins, accessLog, drain);
  }

  /** The same for those who have a key. */
  public ServerOptions withKeys(List<String> others) {
    return new ServerOptions(host, port, names, others, tls, origins, accessLog, drain);
  }

  /** The same over TLS. */
  public ServerOptions withTls(Tls certificate) {
    return new ServerOptions(
        host, port, names, keys, Optional.of(certificate), origins, accessLog, drain);
  }

  /** The same for web pages from elsewhere. */
  public ServerOptions withOrigins(List<String> others) {
    return new ServerOptions(host, port, names, keys, tls, others, accessLog, drain);
  }

  /** The same with a log. */
  public ServerOptions withAccessLog(Consumer<String> log) {
    return new ServerOptions(host, port, names, keys, tls, origins, log, drain);
  }

  /** The same with another time to end. */
  public ServerOptions withDrain(Duration most) {
    return new ServerOptions(host, port, names, keys, tls, origins, accessLog, most);
  }
}
