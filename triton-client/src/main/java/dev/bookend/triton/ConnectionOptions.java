package dev.bookend.triton;

import io.grpc.Metadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How to connect. {@link #DEFAULT} suits a plain server; the {@code with} methods change one thing.
 *
 * @param deadline longest wait for the answer to one call or one request on a stream; positive
 * @param maxInboundBytes largest message that is accepted; positive
 * @param headers metadata sent with every call, e.g. {@code authorization}; lower-case names and
 *     printable ASCII values, sent in the clear where the endpoint has no TLS
 * @param certificateAuthority PEM file with the certificates to trust in place of the system's
 * @param clientIdentity certificate and key for mutual TLS
 * @param authority name to expect in the server's certificate in place of the host
 */
public record ConnectionOptions(
    Duration deadline,
    int maxInboundBytes,
    Map<String, String> headers,
    Optional<Path> certificateAuthority,
    Optional<ClientIdentity> clientIdentity,
    Optional<String> authority) {

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE); // before DEFAULT

  /** 60 s, messages up to 1 GiB, the system's certificate authorities. */
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(
          Duration.ofSeconds(60),
          1 << 30,
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /**
   * @throws IllegalArgumentException if a value is out of its range
   */
  public ConnectionOptions {
    headers = Map.copyOf(headers);
    if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("the deadline " + deadline + " is not a positive time");
    }
    if (maxInboundBytes <= 0) {
      throw new IllegalArgumentException(
          "the largest message, " + maxInboundBytes + " bytes, is not positive");
    }
    headers.forEach(ConnectionOptions::requireHeader);
  }

  /** Values may be secrets: the message names the header only. */
  private static void requireHeader(String name, String value) {
    boolean sound = name.equals(name.toLowerCase(Locale.ROOT)) && !name.startsWith("grpc-");
    if (sound) {
      try {
        key(name);
      } catch (IllegalArgumentException e) {
        sound = false;
      }
    }
    if (!sound) {
      throw new IllegalArgumentException("'" + name + "' is not a valid name for a header");
    }
    if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new IllegalArgumentException("the header '" + name + "' is not printable ASCII");
    }
  }

  /** The files that TLS needs, for messages. */
  List<Path> pemFiles() {
    List<Path> files = new ArrayList<>();
    certificateAuthority.ifPresent(files::add);
    clientIdentity.ifPresent(
        identity -> files.addAll(List.of(identity.certificates(), identity.key())));
    return files;
  }

  static Metadata.Key<String> key(String header) {
    return Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER);
  }

  /**
   * A client's certificate chain and private key.
   *
   * @param certificates PEM file
   * @param key PEM file, PKCS #8
   */
  public record ClientIdentity(Path certificates, Path key) {}

  public ConnectionOptions withDeadline(Duration longest) {
    return new ConnectionOptions(
        longest, maxInboundBytes, headers, certificateAuthority, clientIdentity, authority);
  }

  public ConnectionOptions withMaxInboundBytes(int largest) {
    return new ConnectionOptions(
        deadline, largest, headers, certificateAuthority, clientIdentity, authority);
  }

  public ConnectionOptions withHeaders(Map<String, String> metadata) {
    return new ConnectionOptions(
        deadline, maxInboundBytes, metadata, certificateAuthority, clientIdentity, authority);
  }

  public ConnectionOptions withCertificateAuthority(Path pem) {
    return new ConnectionOptions(
        deadline, maxInboundBytes, headers, Optional.of(pem), clientIdentity, authority);
  }

  public ConnectionOptions withClientIdentity(ClientIdentity identity) {
    return new ConnectionOptions(
        deadline, maxInboundBytes, headers, certificateAuthority, Optional.of(identity), authority);
  }

  public ConnectionOptions withAuthority(String name) {
    return new ConnectionOptions(
        deadline,
        maxInboundBytes,
        headers,
        certificateAuthority,
        clientIdentity,
        Optional.of(name));
  }

  /** Everything but the headers' values, which may be secrets. */
  @Override
  public String toString() {
    return "deadline="
        + deadline
        + " maxInboundBytes="
        + maxInboundBytes
        + " headers="
        + headers.keySet()
        + " certificateAuthority="
        + certificateAuthority
        + " clientIdentity="
        + clientIdentity
        + " authority="
        + authority;
  }
}
