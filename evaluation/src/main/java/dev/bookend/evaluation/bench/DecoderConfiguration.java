package dev.bookend.evaluation.bench;

import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Pipeline;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How a model decodes.
 *
 * @param name {@code sequential}, or drafters with '+' between them, such as {@code
 *     suffix+standin}; with {@code /waits} at the end, a step is never sent before the answer to
 *     the previous one has arrived; a drafter has its own name where an alias was given
 */
public record DecoderConfiguration(String name) {
  /** The configuration that all others are compared with. */
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

  /** Sequential decoding, then some others, each once. */
  static List<DecoderConfiguration> withSequential(List<DecoderConfiguration> others) {
    Set<DecoderConfiguration> all = new LinkedHashSet<>(List.of(SEQUENTIAL));
    all.addAll(others);
    return List.copyOf(all);
  }

  Pipeline pipeline() {
    return waits(name) ? Pipeline.NEVER : Pipeline.AUTO;
  }

  boolean isSequential() {
    return equals(SEQUENTIAL);
  }

  /** The drafters; none for sequential decoding. */
  DraftSpec drafters() {
    return isSequential() ? new DraftSpec(List.of()) : drafters(name);
  }

  boolean usesStandin() {
    return drafters().names().contains(STANDIN);
  }
}
