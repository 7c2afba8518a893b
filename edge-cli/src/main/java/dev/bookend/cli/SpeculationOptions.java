package dev.bookend.cli;

import dev.bookend.BookendOptions;
import dev.bookend.model.store.UserState;
import dev.bookend.speculation.DraftSpec;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say how many tokens come with a round trip; none changes what the tokens are. */
final class SpeculationOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--decode",
      paramLabel = "MODE",
      defaultValue = "speculative",
      description = "How to decode: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Mode mode;

  @Option(
      names = "--draft",
      paramLabel = "NAME[,NAME]",
      converter = Names.class,
      completionCandidates = DrafterNames.class,
      description =
          "Which drafters make the draft tokens of speculative decoding:"
              + " ${COMPLETION-CANDIDATES}, or none (default: suffix,retrieval,recycling, and standin where"
              + " there is a ready one for the model and split).")
  private String draft;

  @Option(
      names = "--strict",
      fallbackValue = "true",
      description =
          "Use batch-invariant steps, so that draft tokens do not change even the last bit of a"
              + " result. First finds out, in about sixty round trips, how many tokens a step must"
              + " have for that on this machine and in the cloud, and fails if there is no such"
              + " number.")
  private boolean strict;

  private static final class Names extends FlagValue<String> {
    Names() {
      super(checked(DraftSpec::parse));
    }
  }

  /** The ways to decode; all give the same tokens. */
  enum Mode {
    /** One token in a round trip. */
    SEQUENTIAL,
    /** Several tokens in a round trip, as far as draft tokens are accepted. */
    SPECULATIVE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Mode mode() {
    return mode;
  }

  boolean strict() {
    return strict;
  }

  /** Finds out wrong flags before a model is loaded. */
  void check() {
    draft();
  }

  /** The drafters; empty: the usual ones. */
  Optional<DraftSpec> draft() {
    return Optional.ofNullable(draft)
        .map(text -> Flag.usage(spec, () -> Flag.value("--draft", text, DraftSpec::parse)));
  }

  /** The same for the front door. */
  BookendOptions apply(BookendOptions options) {
    BookendOptions with = strict ? options.withBatchInvariantSteps() : options;
    with = mode == Mode.SEQUENTIAL ? with.sequential() : with;
    with = with.withLearnedCosts(UserState.path("costs"));
    return draft().isPresent() ? with.withDrafters(draft()) : with;
  }
}
