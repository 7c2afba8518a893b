package dev.bookend.cli;

import dev.bookend.BookendOptions;
import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.BatchInvariantSteps;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say how tokens are chosen. */
final class DecodeOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Mixin private SpeculationOptions speculation;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      converter = Temperature.class,
      defaultValue = "0",
      description =
          "Draw tokens at random, the more so the higher; 0: take the most probable (default:"
              + " ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      converter = PositiveNumber.class,
      description = "Draw from the K most probable tokens only.")
  private Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      converter = Share.class,
      description = "Draw from the most probable tokens that together have probability P only.")
  private Double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Draw the same tokens each time for the same N (default: any).")
  private Long seed;

  private static final class Temperature extends FlagValue<Double> {
    Temperature() {
      super(text -> new Sampling(number(text), 0, 1, 0).temperature());
    }
  }

  private static final class Share extends FlagValue<Double> {
    Share() {
      super(text -> new Sampling(0, 0, number(text), 0).topP());
    }
  }

  private final long anySeed = new SplittableRandom().nextLong();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      converter = PositiveNumber.class,
      description = "Most tokens to generate (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  int maxTokens() {
    return maxTokens;
  }

  /** Whether the user has chosen the seed. */
  boolean isSeeded() {
    return seed != null;
  }

  SpeculationOptions.Mode mode() {
    return speculation.mode();
  }

  /** Finds out wrong flags before a model is loaded. */
  void check() {
    speculation.check();
    sampling();
  }

  /** All that an answer may depend on; where any seed will do, not the one that it is. */
  String key(TextModel model) {
    List<String> drafters = speculation.draft().orElseGet(model::usualDrafters).names();
    return Arrays.asList(
            mode(), drafters, temperature, topK, topP, seed, maxTokens, speculation.strict())
        .toString();
  }

  /**
   * The shape that steps must have, if that matters.
   *
   * @throws BookendException if it does, and there is none
   */
  Optional<BatchInvariantSteps> exactSteps(TextModel model) {
    if (!speculation.strict()) {
      return Optional.empty();
    }
    return Optional.of(BatchInvariantSteps.require(model.model().edge()));
  }

  /** The same for the front door. */
  BookendOptions apply(BookendOptions options) {
    return speculation.apply(options);
  }

  /** A way to decode for one session. */
  Decoding open(TextModel model) {
    return open(model, sampling());
  }

  /** A way to decode for one of many tasks, each of which draws by itself. */
  Decoding open(TextModel model, String task) {
    Sampling all = sampling();
    long own = new SplittableRandom(all.seed() ^ task.hashCode()).nextLong();
    return open(model, new Sampling(all.temperature(), all.topK(), all.topP(), own));
  }

  private Decoding open(TextModel model, Sampling sampling) {
    return switch (mode()) {
      case SEQUENTIAL -> new SequentialDecoding(sampling);
      case SPECULATIVE ->
          new SpeculativeDecoding(
              sampling,
              model.drafters(
                  speculation.draft().orElseGet(model::usualDrafters), new NamedDraftModels()));
    };
  }

  /** The same each time it is asked. */
  Sampling sampling() {
    // What is configured for other runs says nothing against this one.
    if (temperature == 0 && Flag.isTyped(spec, "--top-k", "--top-p", "--seed")) {
      throw new ParameterException(
          spec.commandLine(),
          "--top-k, --top-p and --seed have no meaning without a --temperature above 0: the most"
              + " probable token is taken");
    }
    return Flag.usage(
        spec,
        () ->
            new Sampling(
                temperature,
                topK == null ? 0 : topK,
                topP == null ? 1 : topP,
                seed == null ? anySeed : seed));
  }
}
