package dev.bookend.diagnosis;

import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudServer;
import dev.bookend.split.SessionMemory;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonConnection;
import dev.bookend.tunnel.SshTunnel;
import java.util.List;
import java.util.Optional;

/**
 * What the checks of a server have found: whether it can be reached, which middles it serves, how
 * they are set up, and how long they take. Immutable.
 *
 * @param checks the results, in the order of the checks
 * @param failure what a session on this server would fail with; empty where it would run
 */
public record Diagnosis(
    CloudServer server, List<CheckResult> checks, Optional<CloudException> failure) {
  public Diagnosis {
    checks = List.copyOf(checks);
  }

  /** As the other, with metrics at Triton's own port. */
  public static Diagnosis of(
      CloudServer server, ConnectionOptions options, Optional<Contract> contract) {
    return of(server, options, contract, Optional.empty(), Probe.Limits.DEFAULT.metricsPort());
  }

  /**
   * Checks a server; takes some seconds. No user's data is sent.
   *
   * @param contract what the middle is to fit; empty: any middle will do
   * @param memory what a session takes; empty: not known
   * @param metricsPort where the server's metrics are, on the same host
   */
  public static Diagnosis of(
      CloudServer server,
      ConnectionOptions options,
      Optional<Contract> contract,
      Optional<SessionMemory> memory,
      int metricsPort) {
    Optional<SshTunnel> tunnel = server.openTunnel();
    try (TritonConnection connection = server.connect(options, tunnel)) {
      Examination examination = new Examination(server, connection, contract, memory, metricsPort);
      Optional<CloudException> failure = examination.run();
      return new Diagnosis(server, examination.results(), failure);
    } catch (CloudException e) { // the files for TLS
      return new Diagnosis(server, List.of(Examination.unusable(e)), Optional.of(e));
    } finally {
      tunnel.ifPresent(SshTunnel::close);
    }
  }
}
