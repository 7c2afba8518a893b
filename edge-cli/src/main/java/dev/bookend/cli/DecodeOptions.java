package dev.bookend.cli;

import dev.bookend.edge.Decoding;
import dev.bookend.edge.SequentialDecoding;
import dev.bookend.edge.SpeculativeDecoding;
import dev.bookend.edge.speculation.DraftSpec;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say how tokens are chosen. */
final class DecodeOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--decode",
      paramLabel = "MODE",
      defaultValue = "sequential",
      description = "How to decode: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Mode mode;

  @Option(
      names = "--draft",
      paramLabel = "NAME[,NAME]",
      defaultValue = "suffix",
      description =
          "Where speculative decoding takes its guesses from: suffix, ngram, or none (default:"
              + " ${DEFAULT-VALUE}).")
  private String draft;

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
    SEQUENTIAL,
    /** Several tokens a round trip, as far as guesses turn out right. */
    SPECULATIVE;

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

  /** Finds out wrong flags before a model is loaded. */
  void check() {
    draft();
  }

  /** A way to decode for one session. */
  Decoding open() {
    return switch (mode) {
      case SEQUENTIAL -> SequentialDecoding.GREEDY;
      case SPECULATIVE -> new SpeculativeDecoding(draft().open());
    };
  }

  private DraftSpec draft() {
    return Flag.usage(spec, () -> Flag.value("--draft", draft, DraftSpec::parse));
  }
}
