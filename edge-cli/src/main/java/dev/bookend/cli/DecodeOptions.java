package dev.bookend.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/** The flags that say how tokens are chosen. */
final class DecodeOptions {
  @Option(
      names = "--decode",
      paramLabel = "MODE",
      defaultValue = "sequential",
      description = "How to decode: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Mode mode;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      converter = PositiveNumber.class,
      description = "Most tokens to generate (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  /** The ways to decode; all give the same tokens. */
  enum Mode {
    /** One token a round trip. */
    SEQUENTIAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  int maxTokens() {
    return maxTokens;
  }

  Mode mode() {
    return mode;
  }
}
