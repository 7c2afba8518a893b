package dev.bookend.triton;

import io.grpc.Metadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How to connect. {@link #DEFAULT} suits a server without access control; each {@code with} method
 * returns a copy that differs in one component.
 *
 * @param deadline the longest wait for the answer to a call or to a request on a stream; positive
 * @param keepalive how long a connection on which something is under way may be silent before it is
 *     pinged; at least 10 s. A server ends a connection that pings more often than it allows, and
 *     few allow less than five minutes
 * @param maxInboundBytes the size of the largest answer to an inference that is accepted, in bytes;
 *     positive. Other answers have a limit of their own
 * @param headers the metadata sent with every call, for example {@code authorization}; names in
 *     lower case, values in printable ASCII. Without TLS they cross the network unencrypted
 * @param certificateAuthority a PEM file with the certificates to trust in place of the system's
 * @param clientIdentity the client's certificate and key, for mutual TLS
 * @param authority the name to expect in the server's certificate in place of the host
 */
public record ConnectionOptions(
    Duration deadline,
    Duration keepalive,
    int maxInboundBytes,
    Map<String, String> headers,
    Optional<Path> certificateAuthority,
    Optional<ClientIdentity> clientIdentity,
    Optional<String> authority) {

  // Stands above DEFAULT, whose constructor reads it.
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private static final Duration LEAST_KEEPALIVE = Duration.ofSeconds(10);

  /**
   * A deadline of 60 s, a ping after five minutes, messages of up to 1 GiB, and the system's
   * certificate authorities.
   */
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(
          Duration.ofSeconds(60),
          Duration.ofMinutes(5),
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
      throw new IllegalArgumentException(
          "the deadline must be positive and at most " + LONGEST + ", but is " + deadline);
    }
    if (keepalive.compareTo(LEAST_KEEPALIVE) < 0 || keepalive.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a silent connection can be pinged after "
              + LEAST_KEEPALIVE.toSeconds()
              + " s at the earliest, not after "
              + keepalive.toMillis() / 1e3
              + " s");
    }
    if (maxInboundBytes <= 0) {
      throw new IllegalArgumentException(
          "the largest message must have at least one byte, but the limit is " + maxInboundBytes);
    }
    headers.forEach(ConnectionOptions::requireHeader);
  }

  private static final Pattern NAME_TO_SHOW = Pattern.compile("[A-Za-z-]{1,32}");

  /** Names the header only, and not its value, which may be a secret; a name may be half of one. */
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
      throw new IllegalArgumentException(
          "a header cannot be named "
              + (NAME_TO_SHOW.matcher(name).matches() ? "'" + name + "'" : "so")
              + ": a name has lower-case letters, digits, '-', '_' and '.', and neither begins with"
              + " grpc- nor ends with -bin");
    }
    if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "the value of the header '" + name + "' is not printable ASCII");
    }
  }

  /** The PEM files of these options, to be named in messages. */
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
   * @param certificates a PEM file with the chain
   * @param key a PEM file with the key in PKCS #8, without a password
   */
  public record ClientIdentity(Path certificates, Path key) {}

  /** These options with another {@link #deadline}. */
  public ConnectionOptions withDeadline(Duration longest) {
    return new ConnectionOptions(
        longest,
        keepalive,
        maxInboundBytes,
        headers,
        certificateAuthority,
        clientIdentity,
        authority);
  }

  /** These options with another {@link #keepalive}. */
  public ConnectionOptions withKeepalive(Duration silence) {
    return new ConnectionOptions(
        deadline,
        silence,
        maxInboundBytes,
        headers,
        certificateAuthority,
        clientIdentity,
        authority);
  }

  /** These options with another {@link #maxInboundBytes}. */
  public ConnectionOptions withMaxInboundBytes(int largest) {
    return new ConnectionOptions(
        deadline, keepalive, largest, headers, certificateAuthority, clientIdentity, authority);
  }

  /** These options with other {@link #headers}. */
  public ConnectionOptions withHeaders(Map<String, String> metadata) {
    return new ConnectionOptions(
        deadline,
        keepalive,
        maxInboundBytes,
        metadata,
        certificateAuthority,
        clientIdentity,
        authority);
  }

  /** These options with a {@link #certificateAuthority}. */
  public ConnectionOptions withCertificateAuthority(Path pem) {
    return new ConnectionOptions(
        deadline, keepalive, maxInboundBytes, headers, Optional.of(pem), clientIdentity, authority);
  }

  /** These options with a {@link #clientIdentity}. */
  public ConnectionOptions withClientIdentity(ClientIdentity identity) {
    return new ConnectionOptions(
        deadline,
        keepalive,
        maxInboundBytes,
        headers,
        certificateAuthority,
        Optional.of(identity),
        authority);
  }

  /** These options with an {@link #authority}. */
  public ConnectionOptions withAuthority(String name) {
    return new ConnectionOptions(
        deadline,
        keepalive,
        maxInboundBytes,
        headers,
        certificateAuthority,
        clientIdentity,
        Optional.of(name));
  }

  /** All components, but only the names of the headers: their values may be secrets. */
  @Override
  public String toString() {
    return "deadline="
        + deadline
        + " keepalive="
        + keepalive
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
