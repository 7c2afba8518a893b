package dev.bookend.evaluation.bench;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.evaluation.report.Column;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.evaluation.report.Table;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenChoice;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whether what is split and guessed says what it must: greedy answers of the split model, token by
 * token and with each drafter, against those of the whole model in one process. Compares tokens,
 * and the log-probability that each choice had by the very logits that it was chosen by.
 */
public final class Verification {
  private static final String WHOLE = "whole model";

  /** By how much log-probabilities may differ that are summed up in another order, in nats. */
  private static final double F32_LIMIT = 0.01;

  private static final double HALF_LIMIT = 0.5;

  private final List<DecoderConfiguration> ways;
  private final List<Prompt> prompts;
  private final int maxTokens;
  private final OptionalInt guesses;
  private final ResultLog<Answered> log;
  private final Progress progress;
  private final Set<String> notes = new LinkedHashSet<>();
  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private double logProbabilityLimit;

  /**
   * @param guesses how many to send at most each time; empty: as many as pay
   * @param log of answers that are not made again
   */
  public Verification(
      List<DecoderConfiguration> ways,
      List<Prompt> prompts,
      int maxTokens,
      OptionalInt guesses,
      ResultLog<Answered> log,
      Progress progress) {
    Set<DecoderConfiguration> all = new LinkedHashSet<>(List.of(DecoderConfiguration.SEQUENTIAL));
    all.addAll(ways);
    this.ways = List.copyOf(all);
    this.prompts = List.copyOf(prompts);
    this.maxTokens = maxTokens;
    this.guesses = guesses;
    this.log = log;
    this.progress = progress;
  }

  /** What was found of one way of decoding. */
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
      nearTies += (int) margins(actual).stream().filter(m -> m < Generation.NEAR_TIE).count();
      differ += comparison.same() ? 0 : 1;
      explained += comparison.nearTie() ? 1 : 0;
      for (int i = 0; i < comparison.common(); i++) {
        double difference =
            Math.abs(expected.get(i).logProbability() - actual.get(i).logProbability());
        // What is no number is no agreement.
        logProbability =
            Double.isNaN(difference)
                ? Double.POSITIVE_INFINITY
                : Math.max(logProbability, difference);
      }
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
    for (DecoderConfiguration way : ways) {
      if (way.usesStandin() && !split.model().draftHeads().hasTrainedStandIn()) {
        notes.add(way.name() + " is left out: there is no ready stand-in for this split");
      } else {
        possible.add(way);
        tallies.put(way.name(), new Tally());
      }
    }
    SplitOptions options = split.model().options();
    logProbabilityLimit = options.type() == FloatType.F32 ? F32_LIMIT : HALF_LIMIT;
    Map<DecoderConfiguration, List<String>> known = Bench.known(split, possible);
    List<String> setting =
        List.of(
            checkpoint.fingerprint(),
            options.device().toString(),
            options.type().toString(),
            Integer.toString(maxTokens));
    int done = 0;
    try (WholeModel whole = new WholeModel(checkpoint, options.device(), options.type())) {
      for (Prompt prompt : prompts) {
        int[] ids = split.encode().apply(prompt.prompt());
        // Split decoding ends where the context does.
        int most = Math.min(maxTokens, split.model().contextLength() - ids.length + 1);
        List<TokenChoice> expected =
            answered(
                key(setting, List.of(WHOLE, most + ""), ids),
                () -> whole.decode(ids, most, split.model().config().endTokens()));
        for (DecoderConfiguration way : possible) {
          List<String> parts = new ArrayList<>(known.get(way));
          parts.add(way.name());
          parts.add(guesses.toString());
          parts.add(options.split().toString());
          parts.add(options.cloud().toString());
          List<TokenChoice> actual =
              answered(key(setting, parts, ids), () -> decode(split, way, ids));
          tallies.get(way.name()).add(expected, actual);
          progress.update("comparing", ++done, (long) prompts.size() * possible.size());
        }
      }
    }
  }

  private static String key(List<String> setting, List<String> way, int[] prompt) {
    List<String> parts = new ArrayList<>(setting);
    parts.addAll(way);
    parts.add(Arrays.toString(prompt));
    return ResultLog.key(parts);
  }

  private List<TokenChoice> answered(String key, Supplier<List<TokenChoice>> answer) {
    if (log.get(key).isEmpty()) {
      log.add(new Answered(key, answer.get()));
    }
    return log.get(key).orElseThrow().choices();
  }

  private List<TokenChoice> decode(SystemUnderTest split, DecoderConfiguration way, int[] prompt) {
    try (Session session = split.model().newSession();
        Decoding decoding =
            way.isSequential()
                ? SequentialDecoding.GREEDY
                : new SpeculativeDecoding(
                    Sampling.GREEDY,
                    split.drafters().apply(way.drafters()),
                    guesses,
                    way.pipeline())) {
      session.recordLogProbabilities(OptionalInt.of(0));
      return decoding
          .decode(session, prompt, maxTokens, split.model().config().endTokens(), token -> true)
          .choices();
    }
  }

  /** Whether all answers are the whole model's, but for near ties and rounding. */
  public boolean isIdentical() {
    return tallies.values().stream()
        .allMatch(
            tally ->
                tally.differ == tally.explained && tally.logProbability <= logProbabilityLimit);
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
            "Answers of the split model beside the " + WHOLE + "'s",
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
            "A near tie is a choice whose logit was less than %s ahead of the next. Where the first"
                + " token that differs is one, another order of floating-point sums explains it.",
            Generation.NEAR_TIE));
    all.add(
        "Log-probabilities are those of the tokens chosen, by the logits that chose them, over the"
            + " tokens that both answers begin with. They may differ by rounding: by "
            + logProbabilityLimit
            + " nats at most.");
    return new Report(
        "verify",
        "Is split decoding the model's own?",
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
