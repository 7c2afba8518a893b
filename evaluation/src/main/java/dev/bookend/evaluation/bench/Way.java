package dev.bookend.evaluation.bench;

import dev.bookend.edge.speculation.DraftSpec;
import java.util.List;

/**
 * A way of decoding that is measured.
 *
 * @param name {@code sequential}, or drafters with '+' between them: {@code suffix+standin}
 */
public record Way(String name) {
  /** What all others are compared with. */
  public static final Way SEQUENTIAL = new Way("sequential");

  static final String STANDIN = "standin";
  static final String PHRASES = "phrases";

  /**
   * @throws IllegalArgumentException with a message for the user
   */
  public Way {
    if (!name.equals("sequential")) {
      drafters(name);
    }
  }

  private static DraftSpec drafters(String name) {
    return new DraftSpec(List.of(name.split("\\+", -1)));
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
