package dev.bookend.remote;

import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.Route;
import dev.bookend.triton.TritonConnection;
import dev.bookend.tunnel.SshHost;
import dev.bookend.tunnel.SshTunnel;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * One server that holds the middle layers.
 *
 * @param endpoint where it listens; with an SSH host, as that host has it
 * @param sshHost the machine through which it is reached; empty: it is reached directly
 */
public record CloudServer(Endpoint endpoint, Optional<SshHost> sshHost) {
  private static final String SSH = "ssh://";
  private static final String TO = "?to=";
  private static final Endpoint TRITON_ON_LOOPBACK = new Endpoint("127.0.0.1", 8001, false);

  /** One that is reached directly. */
  public static CloudServer of(Endpoint endpoint) {
    return new CloudServer(endpoint, Optional.empty());
  }

  /**
   * Reads {@code grpc://HOST[:PORT]}, {@code grpcs://HOST[:PORT]} or {@code
   * ssh://[USER@]HOST[:PORT][?to=HOST:PORT]}; without {@code to}, an SSH host's server listens on
   * 127.0.0.1:8001.
   *
   * @throws IllegalArgumentException if it is none of them; the message is for the user
   */
  public static CloudServer parse(String text) {
    if (!text.startsWith(SSH)) {
      return of(Endpoint.parse(text));
    }
    String rest = text.substring(SSH.length());
    int to = rest.indexOf(TO);
    try {
      String host = to < 0 ? rest : rest.substring(0, to);
      return new CloudServer(
          to < 0
              ? TRITON_ON_LOOPBACK
              : Endpoint.parse("grpc://" + rest.substring(to + TO.length())),
          Optional.of(
              SshHost.parse(host.endsWith("/") ? host.substring(0, host.length() - 1) : host)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is not an address (%s); write ssh://[USER@]HOST[:PORT][?to=HOST:PORT]"
              .formatted(text.replaceAll("//.*@", "//…@"), e.getMessage()),
          e);
    }
  }

  /** Whether what travels to it is encrypted: over TLS or SSH. */
  public boolean isEncrypted() {
    return endpoint.tls() || sshHost.isPresent();
  }

  /** Whether others on the way can read what travels to it. */
  public boolean isExposed() {
    return !isEncrypted() && isElsewhere();
  }

  /**
   * Whether what travels to it leaves this machine. Looks the host's name up; a name that is not
   * known counts as elsewhere.
   */
  public boolean isElsewhere() {
    try {
      return sshHost.isPresent() || !InetAddress.getByName(endpoint.host()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return true;
    }
  }

  /** A tunnel to it, where it is reached through SSH; the caller closes it. */
  public Optional<SshTunnel> openTunnel() {
    return sshHost.map(host -> SshTunnel.open(host, endpoint));
  }

  /**
   * Prepares a connection to it, as {@link TritonConnection#open} does.
   *
   * @param route the way there; empty: directly
   * @throws CloudException if a PEM file of the options cannot be used
   */
  public TritonConnection connect(ConnectionOptions options, Optional<? extends Route> route) {
    return CloudException.crossing(
        () ->
            route.isPresent()
                ? TritonConnection.open(endpoint, options, route.get())
                : TritonConnection.open(endpoint, options));
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return sshHost
        .map(host -> SSH + host + TO + endpoint.host() + ":" + endpoint.port())
        .orElse(endpoint.toString());
  }
}
