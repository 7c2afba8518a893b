package dev.bookend.cli;

import dev.bookend.cli.config.Flags;
import dev.bookend.link.LinkProfile;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudServer;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.ConnectionOptions.ClientIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags that say where the cloud is and how to reach it. */
final class CloudOptions {
  static final String HEADER = "--header";

  private static final String TOKEN = "BOOKEND_TOKEN";

  @Option(
      names = "--cloud",
      paramLabel = "embedded|URL[,URL]",
      defaultValue = "embedded",
      converter = Address.class,
      description =
          "Where the middle layers run: 'embedded' in this process, grpcs://HOST:PORT (TLS),"
              + " ssh://[USER@]HOST[:PORT][?to=HOST:PORT] (through your ssh, to a server that"
              + " listens there on 127.0.0.1:8001 or on another address), or grpc://HOST:PORT"
              + " (plaintext); of several, the fastest that is ready.")
  private String cloud;

  @Option(
      names = "--insecure",
      fallbackValue = "true",
      description =
          "Send activations, and secrets in headers, to another machine without encryption.")
  private boolean insecure;

  @Option(
      names = "--cloud-timeout",
      paramLabel = "SECONDS",
      converter = Seconds.class,
      description =
          "How long to try to get back a lost cloud, or to wait for a place on a full one, before"
              + " giving up (default: 60).")
  private Double timeout;

  @Option(
      names = "--cloud-deadline",
      paramLabel = "SECONDS",
      converter = Seconds.class,
      description =
          "The longest wait for one answer of a server that lives (default: as long as its earlier"
              + " answers suggest, at most 60).")
  private Double deadline;

  @Option(
      names = "--cloud-keepalive",
      paramLabel = "SECONDS",
      converter = Seconds.class,
      description =
          "Ping a connection that is silent for so long while a step is under way, at least 10"
              + " (default: 300, below which servers end the connection unless told otherwise).")
  private Double keepalive;

  @Option(
      names = "--wan",
      paramLabel = "rtt=80ms[,…]",
      converter = Link.class,
      description =
          "Emulate a wide-area link to the cloud: rtt, jitter, up, down (e.g. 20mbit), loss (1%%).")
  private String wan;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Certificates to trust in place of the system's (PEM).")
  private Path certificateAuthority;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Your certificate, for mutual TLS (PEM).")
  private Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's private key (PEM, PKCS #8).")
  private Path key;

  @Option(
      names = HEADER,
      paramLabel = "NAME=VALUE",
      split = Flags.SEPARATOR,
      hideParamSyntax = true,
      description =
          "A header of every call to the cloud; NAME=@FILE reads the value from a file. The"
              + " environment's BOOKEND_TOKEN is sent as 'authorization: Bearer ...' over TLS or"
              + " SSH.")
  private Map<String, String> headers = new LinkedHashMap<>();

  private static final class Address extends FlagValue<String> {
    Address() {
      super(checked(CloudAddress::parse));
    }
  }

  private static final class Link extends FlagValue<String> {
    Link() {
      super(checked(LinkProfile::parse));
    }
  }

  private static final class Seconds extends FlagValue<Double> {
    Seconds() {
      super(text -> seconds(text).toNanos() / 1e9);
    }
  }

  /** As it was given. */
  String cloud() {
    return cloud;
  }

  /** As it was given. */
  Optional<String> wan() {
    return Optional.ofNullable(wan);
  }

  /**
   * @throws IllegalArgumentException naming the flag that is wrong
   */
  SplitOptions apply(SplitOptions options) {
    return apply(options, cloud, wan());
  }

  /**
   * The same with another cloud and another link.
   *
   * @throws IllegalArgumentException naming the flag that is wrong
   */
  SplitOptions apply(SplitOptions options, String where, Optional<String> link) {
    SplitOptions result = applyWithoutActivations(options, where, link);
    if (!insecure) {
      requireEncryption(result.cloud());
    }
    return result;
  }

  /**
   * The same where no activations will be sent: without encryption only if no header is sent
   * either.
   *
   * @throws IllegalArgumentException naming the flag that is wrong
   */
  SplitOptions applyWithoutActivations(SplitOptions options) {
    return applyWithoutActivations(options, cloud, wan());
  }

  private SplitOptions applyWithoutActivations(
      SplitOptions options, String where, Optional<String> link) {
    CloudAddress address = Flag.value("--cloud", where, CloudAddress::parse);
    if (!insecure && !headers.isEmpty()) {
      requireEncryption(address);
    }
    SplitOptions result =
        options.withCloud(address).withConnection(connection(address, options.connection()));
    Optional<Duration> total = timeout();
    if (total.isPresent()) {
      result = result.withRetry(options.retry().withTotal(total.get()));
    }
    return link.isEmpty()
        ? result
        : result.withLink(Flag.value("--wan", link.get(), LinkProfile::parse));
  }

  /**
   * How long to try, where the user says so.
   *
   * @throws IllegalArgumentException naming the flag, if that is no time
   */
  Optional<Duration> timeout() {
    return Optional.ofNullable(timeout)
        .map(seconds -> Flag.value("--cloud-timeout", seconds.toString(), CloudOptions::seconds));
  }

  private static void requireEncryption(CloudAddress address) {
    address.servers().stream()
        .filter(CloudServer::isExposed)
        .findFirst()
        .ifPresent(
            server -> {
              throw new IllegalArgumentException(
                  "--cloud: "
                      + server
                      + " is another machine, and anyone on the way could read and change what"
                      + " travels; use grpcs:// or ssh://, or add --insecure if the network is your"
                      + " own");
            });
  }

  private static Duration seconds(String text) {
    double seconds = FlagValue.number(text);
    if (!(seconds > 0) || seconds > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("'" + text + "' is not a number of seconds above 0");
    }
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private ConnectionOptions connection(CloudAddress address, ConnectionOptions defaults) {
    ConnectionOptions connection = defaults;
    if (deadline != null) {
      Duration longest = Flag.value("--cloud-deadline", deadline.toString(), CloudOptions::seconds);
      connection = connection.withDeadline(longest);
    }
    if (keepalive != null) {
      Duration silence =
          Flag.value("--cloud-keepalive", keepalive.toString(), CloudOptions::seconds);
      connection = Flag.value("--cloud-keepalive", silence, connection::withKeepalive);
    }
    if (certificateAuthority != null) {
      connection = connection.withCertificateAuthority(certificateAuthority);
    }
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("--tls-cert and --tls-key go together");
    }
    if (certificate != null) {
      connection = connection.withClientIdentity(new ClientIdentity(certificate, key));
    }
    return Flag.value(HEADER, headers(address), connection::withHeaders);
  }

  private Map<String, String> headers(CloudAddress address) {
    Map<String, String> all = new LinkedHashMap<>();
    String token = System.getenv(TOKEN);
    if (token != null && !token.isBlank() && !address.isEmbedded()) {
      if (!address.servers().stream().allMatch(CloudServer::isEncrypted)) {
        throw new IllegalArgumentException(
            "--cloud: "
                + TOKEN
                + " would travel in the clear; use grpcs:// or ssh://, or unset it");
      }
      all.put("authorization", "Bearer " + token.strip());
    }
    headers.forEach(
        (name, value) ->
            all.put(
                name,
                value.startsWith("@")
                    ? Flag.text(HEADER, Path.of(value.substring(1))).strip()
                    : value));
    return all;
  }
}
