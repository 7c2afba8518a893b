package dev.bookend.diagnosis;

import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudException;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a look at a server has found: whether it can be reached, which middles it serves, how they
 * are set up, and how long they take. No user's data is sent.
 *
 * @param findings in the order of looking
 * @param failure what a session on this server would fail with; empty where it would run
 */
public record Diagnosis(
    Endpoint endpoint, List<Finding> findings, Optional<CloudException> failure) {
  public Diagnosis {
    findings = List.copyOf(findings);
  }

  /** How bad it is. */
  public enum Verdict {
    OK,
    /** It works, but not as well as it could. */
    WARNING,
    /** It does not work. */
    FAILURE
  }

  /**
   * One thing that was looked at.
   *
   * @param check what it was
   * @param detail what was found, in a sentence
   * @param hint what to do about it; empty where there is nothing to do
   * @param values the sentence's numbers and names, for programs
   */
  public record Finding(
      String check, Verdict verdict, String detail, String hint, Map<String, Object> values) {}

  /**
   * Looks at a server; takes some seconds.
   *
   * @param contract what the middle is to fit; empty: any
   */
  public static Diagnosis of(
      Endpoint endpoint, ConnectionOptions options, Optional<Contract> contract) {
    try (TritonConnection connection =
        CloudException.crossing(() -> TritonConnection.open(endpoint, options))) {
      return new Examination(connection, contract).run();
    } catch (CloudException e) { // the files for TLS
      return new Diagnosis(endpoint, List.of(Examination.unusable(e)), Optional.of(e));
    }
  }
}
