package dev.bookend.triton;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a server listens.
 *
 * @param host name or address; an IPv6 address is put in brackets where it has none
 * @param port 1 to 65535
 * @param tls whether to speak TLS
 */
public record Endpoint(String host, int port, boolean tls) {
  private static final int DEFAULT_PORT = 8001; // Triton's gRPC port

  /**
   * @throws IllegalArgumentException if host or port cannot be part of an address
   */
  public Endpoint {
    if (host.contains(":") && !host.startsWith("[")) {
      host = "[" + host + "]";
    }
    if (!isHost(host) || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + ":" + port + "' is not HOST:PORT");
    }
  }

  /** As gRPC sees it, which takes no underscores: better said here than at the first call. */
  private static boolean isHost(String text) {
    try {
      return text.equals(new URI("grpc://" + text).getHost());
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /**
   * Reads {@code grpc://HOST[:PORT]} or {@code grpcs://HOST[:PORT]}; the port defaults to 8001.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static Endpoint parse(String text) {
    try {
      URI uri = new URI(text);
      boolean tls = "grpcs".equals(uri.getScheme());
      if ((tls || "grpc".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getPath().isEmpty()
          && uri.getQuery() == null
          && uri.getFragment() == null
          && uri.getPort() != 0
          && uri.getPort() <= 65_535) {
        return new Endpoint(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(), tls);
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not an address; write grpc://HOST:PORT or grpcs://HOST:PORT");
  }

  @Override
  public String toString() {
    return (tls ? "grpcs://" : "grpc://") + host + ":" + port;
  }
}
