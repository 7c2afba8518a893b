package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.evaluation.report.Table;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.model.store.Progress;
import dev.bookend.session.Session;
import dev.bookend.split.SplitOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whether a split model, with speculative decoding, gives the whole model's answers: compares its
 * greedy answers, token by token and with each decoder configuration, with those of the whole model
 * in one process. Compares the tokens, and the log-probability that each choice had by the logits
 * that it was chosen by.
 */
public final class Verification {
  private static final String WHOLE = "whole model";

  /** The precision of a middle whose tokens do not depend on what shares a step. */
  private static final String INTEGER_LAYERS = "int8";

  /** Most that log-probabilities may differ by when sums are made in another order, in nats. */
  private static final double F32_LIMIT = 0.01;

  private static final double HALF_LIMIT = 0.5;

  private final List<DecoderConfiguration> configurations;
  private final List<BenchPrompt> prompts;
  private final int maxTokens;
  private final OptionalInt draftTokens;
  private final ResultLog<Answered> log;
  private final Progress progress;
  private final Set<String> notes = new LinkedHashSet<>();
  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private double logProbabilityLimit;

  /**
   * @param configurations how to decode; sequential decoding is compared in any case
   * @param draftTokens most draft tokens in a round trip; empty: as many as pay
   * @param log of answers; those that it has are not generated again
   */
  public Verification(
      List<DecoderConfiguration> configurations,
      List<BenchPrompt> prompts,
      int maxTokens,
      OptionalInt draftTokens,
      ResultLog<Answered> log,
      Progress progress) {
    this.configurations = DecoderConfiguration.withSequential(configurations);
    this.prompts = List.copyOf(prompts);
    this.maxTokens = maxTokens;
    this.draftTokens = draftTokens;
    this.log = log;
    this.progress = progress;
  }

  /** What was found about one decoder configuration. */
  private static final class Tally {
    int answers;
    int tokens;
    int nearTies;
    int differ;
    int explained;
    double logProbability;

    void add(List<TokenChoice> expected, List<TokenChoice> actual) {
      Comparison comparison =
          Comparison.of(ids(expected), margins(expected), ids(actual), margins(actual));
      answers++;
      tokens += actual.size();
      nearTies += Comparison.nearTies(margins(actual));
      differ += comparison.same() ? 0 : 1;
      explained += comparison.nearTie() ? 1 : 0;
      for (int i = 0; i < comparison.common(); i++) {
        double difference =
            Math.abs(expected.get(i).logProbability() - actual.get(i).logProbability());
        // A log-probability that is not a number agrees with nothing.
        logProbability =
            Double.isNaN(difference)
                ? Double.POSITIVE_INFINITY
                : Math.max(logProbability, difference);
      }
    }

    boolean isIdentical(double logProbabilityLimit) {
      return differ == explained && logProbability <= logProbabilityLimit;
    }

    private static List<Integer> ids(List<TokenChoice> choices) {
      return choices.stream().map(TokenChoice::token).toList();
    }

    private static List<Float> margins(List<TokenChoice> choices) {
      return choices.stream().map(TokenChoice::margin).toList();
    }
  }

  /**
   * Compares.
   *
   * @param split stays open
   * @param checkpoint of the same model; stays open
   */
  public void run(SystemUnderTest split, Checkpoint checkpoint) {
    List<DecoderConfiguration> possible = new ArrayList<>();
    for (DecoderConfiguration configuration : configurations) {
      if (split.lacksDraftHead(configuration)) {
        notes.add(
            configuration.name() + " is left out: no draft head has been trained for this split.");
      } else {
        possible.add(configuration);
        tallies.put(configuration.name(), new Tally());
      }
    }
    SplitOptions options = split.model().options();
    notes.add(
        "Edge, whole model"
            + (options.cloud().isEmbedded() ? " and embedded cloud" : "")
            + " have weights in "
            + options.type()
            + (options.type() == WeightType.F32
                ? "."
                : ": compared is with the model of these weights, not the one in the file."));
    boolean isExact =
        options.type() == WeightType.F32
            || (options.type() == WeightType.INT8
                && split.model().servedPrecision().equals(Optional.of(INTEGER_LAYERS)));
    logProbabilityLimit = isExact ? F32_LIMIT : HALF_LIMIT;
    Map<DecoderConfiguration, List<String>> known = split.knowledge(possible);
    List<String> setting =
        List.of(
            checkpoint.fingerprint(),
            String.valueOf(options.device()),
            options.type().toString(),
            Integer.toString(maxTokens));
    int done = 0;
    try (WholeModel whole = new WholeModel(checkpoint, options.device(), options.type())) {
      for (BenchPrompt prompt : prompts) {
        int[] ids = split.encode().apply(prompt.prompt());
        // The split model's answer ends when its context is full.
        int most = Math.min(maxTokens, split.model().contextLength() - ids.length + 1);
        List<TokenChoice> expected =
            answered(
                key(setting, List.of(WHOLE, most + ""), ids),
                () -> whole.decode(ids, most, split.model().config().endTokens()));
        for (DecoderConfiguration configuration : possible) {
          List<String> parts = new ArrayList<>(known.get(configuration));
          parts.add(configuration.name());
          parts.add(draftTokens.toString());
          parts.add(options.split().toString());
          parts.add(options.cloud().toString());
          List<TokenChoice> actual =
              answered(key(setting, parts, ids), () -> decode(split, configuration, ids));
          tallies.get(configuration.name()).add(expected, actual);
          progress.update("comparing", ++done, (long) prompts.size() * possible.size());
        }
      }
    }
  }

  private static String key(List<String> setting, List<String> more, int[] prompt) {
    List<String> parts = new ArrayList<>(setting);
    parts.addAll(more);
    parts.add(Arrays.toString(prompt));
    return ResultLog.key(parts);
  }

  private List<TokenChoice> answered(String key, Supplier<List<TokenChoice>> answer) {
    if (log.get(key).isEmpty()) {
      log.add(new Answered(key, answer.get()));
    }
    return log.get(key).orElseThrow().choices();
  }

  private List<TokenChoice> decode(
      SystemUnderTest split, DecoderConfiguration configuration, int[] prompt) {
    try (Session session = split.model().newSession();
        Decoding decoding = split.decoding(configuration, draftTokens)) {
      session.recordLogProbabilities(OptionalInt.of(0));
      return decoding
          .decode(session, prompt, maxTokens, split.model().config().endTokens(), token -> true)
          .choices();
    }
  }

  /** Whether all answers are the whole model's, but for near ties and rounding. */
  public boolean isIdentical() {
    return tallies.values().stream().allMatch(tally -> tally.isIdentical(logProbabilityLimit));
  }

  /** What was found. */
  public Report report(Provenance provenance) {
    List<List<Object>> rows = new ArrayList<>();
    tallies.forEach(
        (name, tally) ->
            rows.add(
                List.of(
                    name,
                    tally.answers,
                    tally.tokens,
                    tally.nearTies,
                    tally.differ,
                    tally.explained,
                    tally.logProbability)));
    Table table =
        new Table(
            "identity",
            "Answers of the split model compared with the " + WHOLE + "'s",
            List.of(
                Column.of("decoding"),
                Column.of("answers"),
                Column.of("tokens"),
                Column.of("near ties"),
                Column.of("differ"),
                Column.of("… by a near tie"),
                new Column("largest log-probability difference", "nats")),
            rows);
    List<String> all = new ArrayList<>(notes);
    all.add(
        String.format(
            Locale.ROOT,
            "A near tie is a token whose logit was less than %s above the next best. Where the first"
                + " token that differs is a near tie, another order of floating-point sums explains"
                + " the difference.",
            Generation.NEAR_TIE));
    all.add(
        "Log-probabilities are those of the chosen tokens, by the logits that they were chosen by,"
            + " over the tokens that both answers have in common at the beginning. Rounding may make"
            + " them differ by "
            + logProbabilityLimit
            + " nats at most.");
    return new Report(
        "verify",
        "Does the split model give the whole model's answers?",
        isIdentical()
            ? "Every answer is the whole model's, but for near ties where noted."
            : "ANSWERS DIFFER from the whole model's where no near tie explains it, or in their"
                + " log-probabilities.",
        provenance,
        List.of(table),
        List.of(),
        all);
  }
}
