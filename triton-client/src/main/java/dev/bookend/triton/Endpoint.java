package dev.bookend.triton;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a server listens.
 *
 * @param host a name, an IPv4 address, or an IPv6 address, to which missing brackets are added
 * @param port the TCP port, from 1 to 65535
 * @param tls whether the connection uses TLS
 */
public record Endpoint(String host, int port, boolean tls) {
  private static final int DEFAULT_PORT = 8001; // Triton's gRPC port

  /**
   * Checks the address.
   *
   * @throws IllegalArgumentException if no address can have this host or port
   */
  public Endpoint {
    if (host.contains(":") && !host.startsWith("[")) {
      host = "[" + host + "]";
    }
    if (!isHost(host) || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + ":" + port + "' is not HOST:PORT");
    }
  }

  /** Whether gRPC accepts the host, which it would otherwise refuse at the first call only. */
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
   * @throws IllegalArgumentException if the text is no such address; the message is for the user
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
      // The exception below tells it.
    }
    if (text.matches("grpcs?://[A-Za-z0-9._-]*_[A-Za-z0-9._-]*(:[0-9]+)?")) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "': a host name cannot have an underscore; use another name or the IP address");
    }
    throw new IllegalArgumentException(
        "'"
            + text.replaceAll("//.*@", "//…@")
            + "' is not an address; write grpcs://HOST:PORT or grpc://HOST:PORT");
  }

  /** The address in the form that {@link #parse} reads. */
  @Override
  public String toString() {
    return (tls ? "grpcs://" : "grpc://") + host + ":" + port;
  }
}
