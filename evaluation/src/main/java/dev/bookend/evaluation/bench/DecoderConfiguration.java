package dev.bookend.evaluation.bench;

import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Pipeline;
import java.util.List;

/**
 * A way of decoding that is measured.
 *
 * @param name {@code sequential}, or drafters with '+' between them: {@code suffix+standin}; with
 *     {@code /waits} behind them, no guesses are sent before the answer to those before is there; a
 *     drafter has its own name where an alias was given
 */
public record DecoderConfiguration(String name) {
  /** What all others are compared with. */
  public static final DecoderConfiguration SEQUENTIAL = new DecoderConfiguration("sequential");

  private static final String STANDIN = "standin";

  private static final String WAITS = "/waits";

  /**
   * @throws IllegalArgumentException with a message for the user
   */
  public DecoderConfiguration {
    if (name.equals("none")) {
      throw new IllegalArgumentException("'none' is sequential decoding, which is always measured");
    }
    if (!name.equals("sequential")) {
      name = String.join("+", drafters(name).names()) + (waits(name) ? WAITS : "");
    }
  }

  private static DraftSpec drafters(String name) {
    String drafters = waits(name) ? name.substring(0, name.length() - WAITS.length()) : name;
    return new DraftSpec(List.of(drafters.split("\\+", -1)));
  }

  private static boolean waits(String name) {
    return name.endsWith(WAITS);
  }

  Pipeline pipeline() {
    return waits(name) ? Pipeline.NEVER : Pipeline.AUTO;
  }

  boolean isSequential() {
    return equals(SEQUENTIAL);
  }

  /** None for sequential decoding. */
  DraftSpec drafters() {
    return isSequential() ? new DraftSpec(List.of()) : drafters(name);
  }

  boolean usesStandin() {
    return drafters().names().contains(STANDIN);
  }
}
