package dev.bookend.triton;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How to connect. {@link #DEFAULT} suits a plain server; the {@code with} methods change one thing.
 *
 * @param deadline longest wait for the answer to one call or one request on a stream
 * @param maxInboundBytes largest message that is accepted
 * @param headers metadata sent with every call, e.g. {@code authorization}
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

  /** 60 s, messages up to 1 GiB, the system's certificate authorities. */
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(
          Duration.ofSeconds(60),
          1 << 30,
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public ConnectionOptions {
    headers = Map.copyOf(headers);
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
}
