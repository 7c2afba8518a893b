package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the middle layers run.
 *
 * @param endpoints servers that hold the same middle, tried in order; empty: embedded in this
 *     process
 */
public record CloudAddress(List<Endpoint> endpoints) {
  /** In this process. */
  public static final CloudAddress EMBEDDED = new CloudAddress(List.of());

  public CloudAddress {
    endpoints = List.copyOf(endpoints);
  }

  /**
   * Reads {@code embedded} or {@code grpc://HOST:PORT[,grpcs://HOST:PORT…]}.
   *
   * @throws IllegalArgumentException if it is neither; the message is for the user
   */
  public static CloudAddress parse(String text) {
    if (text.equals("embedded")) {
      return EMBEDDED;
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      endpoints.add(Endpoint.parse(part.strip()));
    }
    return new CloudAddress(endpoints);
  }

  /** Whether the middle layers run in this process. */
  public boolean isEmbedded() {
    return endpoints.isEmpty();
  }

  @Override
  public String toString() {
    return isEmbedded()
        ? "embedded"
        : String.join(",", endpoints.stream().map(Endpoint::toString).toList());
  }
}
