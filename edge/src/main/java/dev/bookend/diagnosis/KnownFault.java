package dev.bookend.diagnosis;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fault of some Triton versions in what a session uses, by the project's own issues and pull
 * requests. Only what a later version has mended is here: what is open in all versions is in the
 * operator guide.
 */
enum KnownFault {
  /** Core pull request 341, first in branch r24.05; the fault came with cancellation in r23.10. */
  SHARED_PLACE(
      39,
      46,
      "24.05",
      Backends.IMPLICIT_STATE,
      "after a request is cancelled, two sessions may get the same place and share one KV cache"
          + " (triton-inference-server/server issue 7117, core pull request 341)"),

  /** Pull requests 7840, first in tag v2.54.0, and 8078, first in v2.57.0. */
  CANCELLATION(
      39,
      57,
      "25.04",
      Backends.ALL,
      "a call that is cancelled in the wrong moment can bring the server down"
          + " (triton-inference-server/server issues 7368 and 8034)"),

  /** Branch r24.06 of python_backend has no restarts any more; 8552 is first in tag v2.65.0. */
  DEAD_BUT_READY(
      47,
      65,
      "26.01",
      Backends.PYTHON,
      "when the python backend's process has died, the server goes on saying that it is ready, and"
          + " does not start it again (triton-inference-server/server issue 8604)");

  private static final Pattern VERSION = Pattern.compile("2\\.([0-9]{1,6})\\..*");

  private enum Backends {
    ALL,
    PYTHON,
    IMPLICIT_STATE
  }

  private final int since;
  private final int mendedIn;
  private final String release;
  private final Backends backends;
  private final String text;

  /**
   * @param since the first minor version of Triton 2 that has it
   * @param mendedIn the first that does not
   * @param release the NGC container of that version
   */
  KnownFault(int since, int mendedIn, String release, Backends backends, String text) {
    this.since = since;
    this.mendedIn = mendedIn;
    this.release = release;
    this.backends = backends;
    this.text = text;
  }

  /**
   * The faults of a server.
   *
   * @param version as Triton states it, for example {@code 2.51.0}
   * @param backend of a model; empty for an ensemble, whose stages may have any
   */
  static List<KnownFault> of(String version, String backend) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      return List.of();
    }
    int minor = Integer.parseInt(matcher.group(1));
    return Arrays.stream(values())
        .filter(fault -> fault.since <= minor && minor < fault.mendedIn)
        .filter(fault -> fault.concerns(backend))
        .toList();
  }

  private boolean concerns(String backend) {
    return backend.isEmpty()
        || switch (backends) {
          case ALL -> true;
          case PYTHON -> backend.equals("python");
          case IMPLICIT_STATE -> !backend.equals("python");
        };
  }

  /** What can happen, in a sentence. */
  String text() {
    return text;
  }

  /** What to do about it. */
  String hint() {
    String update = "update to Triton 2." + mendedIn + " (container " + release + ") or newer";
    return this == DEAD_BUT_READY ? update + ", or let a probe run a step of the model" : update;
  }
}
