package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the middle layers run.
 *
 * @param servers that hold the same middle; empty: embedded in this process
 */
public record CloudAddress(List<CloudServer> servers) {
  /** In this process. */
  public static final CloudAddress EMBEDDED = new CloudAddress(List.of());

  public CloudAddress {
    servers = List.copyOf(servers);
  }

  /** On servers that are reached directly. */
  public static CloudAddress of(Endpoint... endpoints) {
    return new CloudAddress(Stream.of(endpoints).map(CloudServer::of).toList());
  }

  /**
   * Reads {@code embedded}, or addresses as {@link CloudServer#parse} does, with commas between
   * them.
   *
   * @throws IllegalArgumentException if it is neither; the message is for the user
   */
  public static CloudAddress parse(String text) {
    if (text.equals("embedded")) {
      return EMBEDDED;
    }
    return new CloudAddress(
        Stream.of(text.split(",", -1)).map(String::strip).map(CloudAddress::server).toList());
  }

  private static CloudServer server(String text) {
    if (text.equals("embedded")) {
      throw new IllegalArgumentException("'embedded' stands alone, without servers beside it");
    }
    if (!text.matches("(grpcs?|ssh)://.*")) {
      throw new IllegalArgumentException(
          "'"
              + text.replaceAll("//.*@", "//…@")
              + "' is not an address; write grpcs://HOST:PORT, ssh://HOST, grpc://HOST:PORT or"
              + " embedded");
    }
    return CloudServer.parse(text);
  }

  /** Whether the middle layers run in this process. */
  public boolean isEmbedded() {
    return servers.isEmpty();
  }

  @Override
  public String toString() {
    return isEmbedded()
        ? "embedded"
        : String.join(",", servers.stream().map(CloudServer::toString).toList());
  }
}
