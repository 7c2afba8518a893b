package dev.bookend.diagnosis;

import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.ModelConfiguration.Oldest;
import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.ModelStatistics;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Why the first step of a session has no answer. Triton does not refuse a session beyond its places
 * but lets it wait without a word, just as if the model hung. What tells them apart: whether
 * requests wait, whether those of others are answered, and that a place is free at the latest when
 * its session has been idle for so long as the configuration allows.
 *
 * @param full whether the places are taken, as far as can be told
 * @param reason what it is judged by, in words that go behind "no answer in 8 s"
 */
record Occupancy(boolean full, String reason) {
  private static final long DEFAULT_IDLE_MICROS = 1_000_000; // Triton's
  private static final Duration LEAST_WAIT = Duration.ofSeconds(1);
  private static final long SLACK_MILLIS = 10_000;

  /**
   * Judges a model whose step has no answer.
   *
   * @param before its statistics before the step was sent; empty: not known
   * @param now its statistics now; empty: not known
   * @param pending requests that wait, as the metrics have it; empty: not known
   * @param waited how long the answer has been waited for
   * @param nowMillis the time, in milliseconds since the epoch
   */
  static Occupancy of(
      ModelConfiguration model,
      Optional<ModelStatistics> before,
      Optional<ModelStatistics> now,
      OptionalLong pending,
      Duration waited,
      long nowMillis) {
    boolean ensemble = model.platform().equals("ensemble");
    if (!ensemble && model.sequenceBatching().isEmpty()) {
      return new Occupancy(false, "and its configuration has no places that could be taken");
    }
    if (pending.isPresent() && pending.getAsLong() == 0) {
      return new Occupancy(false, "and no request waits for a place: it hangs, or is very slow");
    }
    String waits =
        pending.isPresent()
            ? "; %d waiting (nv_inference_pending_request_count)".formatted(pending.getAsLong())
            : "";
    String taken = "all %splaces for sessions are taken".formatted(places(model));
    long answered = successes(now) - successes(before);
    if (before.isPresent() && answered > 0) {
      return new Occupancy(true, "while those of others were answered: " + taken + waits);
    }
    if (before.isPresent() && failures(now) > failures(before)) {
      return new Occupancy(false, "and those of others failed meanwhile");
    }
    if (now.isPresent() && successes(now) == 0) {
      return new Occupancy(
          false,
          "and none has been answered since the model was loaded: it hangs, or is very slow");
    }
    long last = now.map(ModelStatistics::lastInferenceMillis).orElse(0L);
    if (last > 0 && !ensemble) {
      long idle = idleMillis(model.sequenceBatching().orElseThrow());
      long since = Math.max(0, nowMillis - last);
      if (since > idle + SLACK_MILLIS) {
        return new Occupancy(
            false,
            String.format(
                Locale.ROOT,
                "and the last step was answered %d s ago, though a place is free after %d s: it"
                    + " hangs",
                since / 1000,
                idle / 1000));
      }
    }
    if (pending.isEmpty() && waited.compareTo(LEAST_WAIT) < 0) {
      return new Occupancy(false, "which is too short to tell why");
    }
    return new Occupancy(
        true,
        pending.isPresent()
            ? taken + waits
            : "so " + taken + ", or it hangs (its metrics, which would tell, cannot be read)");
  }

  private static String places(ModelConfiguration model) {
    return model
        .sequenceBatching()
        .flatMap(SequenceBatching::oldest)
        .map(Oldest::maxCandidateSequences)
        .filter(places -> places > 0)
        .map(places -> places + " ")
        .orElse("");
  }

  /** How long a session may be idle before its place is free. */
  static long idleMillis(SequenceBatching batching) {
    long micros = batching.maxSequenceIdleMicroseconds();
    return (micros == 0 ? DEFAULT_IDLE_MICROS : micros) / 1000;
  }

  private static long failures(Optional<ModelStatistics> statistics) {
    return statistics.map(known -> known.inferenceStats().fail().count()).orElse(0L);
  }

  private static long successes(Optional<ModelStatistics> statistics) {
    return statistics.map(known -> known.inferenceStats().success().count()).orElse(0L);
  }
}
