package dev.bookend.diagnosis;

import dev.bookend.error.VisibleText;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudServer;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What became of a step that a server was given to compute.
 *
 * @param model the middle's name on the server; empty where none was reached
 * @param detail what was found, in a sentence without the server's and the model's names
 * @param millis how long the step took, the way there and back included; empty: it has no answer
 * @param failure what a session would fail with; empty unless the verdict is {@link Verdict#FAILS}
 */
public record ProbeResult(
    CloudServer server,
    Optional<String> model,
    Verdict verdict,
    String detail,
    OptionalDouble millis,
    Optional<CloudException> failure) {

  /** Makes the control characters visible that a server's own words may hold. */
  public ProbeResult {
    model = model.map(VisibleText::line);
    detail = VisibleText.line(detail);
  }

  /** Whether a middle is of use. */
  public enum Verdict {
    /** It has answered the step. */
    COMPUTES,
    /** It lives, but all of its places for sessions are taken, as far as can be told. */
    FULL,
    /** It is out of reach, refuses, fails, or hangs. */
    FAILS
  }

  static ProbeResult computes(CloudServer server, String model, String detail, double millis) {
    return new ProbeResult(
        server,
        Optional.of(model),
        Verdict.COMPUTES,
        detail,
        OptionalDouble.of(millis),
        Optional.empty());
  }

  static ProbeResult full(CloudServer server, String model, String detail) {
    return new ProbeResult(
        server, Optional.of(model), Verdict.FULL, detail, OptionalDouble.empty(), Optional.empty());
  }

  static ProbeResult fails(CloudServer server, Optional<String> model, CloudException failure) {
    return new ProbeResult(
        server,
        model,
        Verdict.FAILS,
        failure.getMessage(),
        OptionalDouble.empty(),
        Optional.of(failure));
  }
}
