package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.gson.JsonParser;
import dev.bookend.decoding.Generation;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.evaluation.report.Table;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.drafthead.StandInSource;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Benchmarks and identity checks on a tiny random model behind a real gRPC connection. */
class BenchTest {
  private static final RandomCheckpoint CHECKPOINT = new RandomCheckpoint(7);
  private static final int TOKENS = 40;
  private static final List<BenchPrompt> PROMPTS =
      List.of(new BenchPrompt("one", "abc"), new BenchPrompt("two", "hello there"));
  private static final List<DecoderConfiguration> CONFIGURATIONS =
      List.of(
          new DecoderConfiguration("suffix"),
          new DecoderConfiguration("suffix+ngram"),
          new DecoderConfiguration("standin"));

  private static SystemUnderTest open(Scenario scenario) {
    return open(scenario, RetrievalDatastore.of(List.of()));
  }

  private static SystemUnderTest open(Scenario scenario, RetrievalDatastore datastore) {
    SplitOptions options = SplitOptions.DEFAULT.withSplit(scenario.split());
    SplitModel model =
        SplitModel.open(CHECKPOINT, scenario.link().map(options::withLink).orElse(options));
    DrafterContext context =
        new DrafterContext(
                model.contract(),
                model.config().vocabularySize(),
                new TokenizerFingerprint("characters"),
                name -> {
                  throw new AssertionError(name);
                })
            .with(StandInSource.class, model.draftHeads()::standInSource)
            .with(RetrievalDatastore.class, () -> datastore);
    return new SystemUnderTest(
        model,
        prompt -> prompt.chars().map(c -> c % 50).toArray(),
        spec -> spec.open(context),
        drafter -> DraftSpec.knowledge(drafter, context),
        model::close);
  }

  private static final List<Scenario> SCENARIOS =
      List.of(
          new Scenario(new Split(1, 1), Optional.empty()),
          new Scenario(new Split(1, 2), Optional.empty()));

  private static Bench bench(ResultLog<Measurement> log) {
    return bench(log, CONFIGURATIONS);
  }

  private static Bench bench(
      ResultLog<Measurement> log, List<DecoderConfiguration> configurations) {
    return new Bench(
        configurations, PROMPTS, TOKENS, OptionalInt.of(8), "test", log, (what, done, total) -> {});
  }

  private static Report report(List<Measurement> all) {
    return new BenchReport(all)
        .report(Provenance.here("command", "1", "random", "7"), List.of(), Optional.empty());
  }

  @Test
  void everyConfigurationIsMeasuredInEachScenarioAndGivesTheSameTokens() {
    Bench bench = bench(Measurement.log(Optional.empty()));
    List<Measurement> all = bench.run(SCENARIOS, BenchTest::open);
    assertEquals(2 * 2 * 3, all.size()); // 'standin' is left out
    assertEquals(2, bench.notes().size(), bench.notes().toString());
    assertTrue(bench.notes().get(0).startsWith("standin is left out at split 1:1"));
    assertTrue(new BenchReport(all).isIdentical());
    for (Measurement m : all) {
      assertEquals(m.acceptedTokens(), m.tokens().size() - (m.tokens().size() < TOKENS ? 0 : 1));
      assertEquals(
          m.decoder().equals("sequential"),
          m.counts().sentTokens() == m.roundTrips(),
          m.toString());
      assertTrue(m.metrics().bytes().received() > 4L * 24 * m.counts().sentTokens(), m.toString());
    }
    Table table = report(all).tables().get(0);
    assertEquals(6, table.rows().size());
    assertEquals(
        List.of("sequential", "suffix", "suffix+ngram"),
        table.rows().stream().limit(3).map(row -> row.get(0)).sorted().toList());
  }

  @Test
  void linksTakeTurnsOnOneModel() {
    List<Scenario> links =
        Stream.of("rtt=0ms", "rtt=20ms")
            .map(link -> new Scenario(new Split(1, 1), Optional.of(LinkProfile.parse(link))))
            .toList();
    List<Scenario> opened = new ArrayList<>();
    List<Measurement> all =
        bench(Measurement.log(Optional.empty()), List.of())
            .run(
                links,
                scenario -> {
                  opened.add(scenario);
                  return open(scenario);
                });
    assertEquals(links.subList(0, 1), opened);
    assertEquals(
        List.of("0 rtt=0ms", "0 rtt=20ms", "1 rtt=20ms", "1 rtt=0ms"),
        all.stream().map(m -> m.prompt() + " " + m.link()).toList());
    for (int prompt = 0; prompt < 2; prompt++) {
      Measurement near = all.get(3 * prompt);
      Measurement far = all.get(1 + prompt);
      assertTrue(far.times().network() >= 20 * far.roundTrips(), far.toString());
      assertTrue(near.times().network() < far.times().network(), near.toString());
    }
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstStopped(@TempDir Path directory) throws Exception {
    Bench first = bench(Measurement.log(Optional.of(directory)));
    List<Measurement> all = first.run(SCENARIOS, BenchTest::open);
    assertEquals(12, first.measured());
    Path file = directory.resolve("measurements.jsonl");
    List<String> lines = Files.readAllLines(file);
    // Interrupted: two measurements short, and a third cut off.
    Files.write(file, lines.subList(0, 9));
    Files.writeString(file, lines.get(9).substring(0, 40), StandardOpenOption.APPEND);
    Bench second = bench(Measurement.log(Optional.of(directory)));
    List<Measurement> again = second.run(SCENARIOS, BenchTest::open);
    assertEquals(3, second.measured());
    assertEquals(
        all.stream().map(Measurement::tokens).toList(),
        again.stream().map(Measurement::tokens).toList());
    Bench third = bench(Measurement.log(Optional.of(directory)));
    assertEquals(again, third.run(SCENARIOS, BenchTest::open));
    assertEquals(0, third.measured());
    assertTrue(third.notes().stream().anyMatch(note -> note.startsWith("12 answers were")));
  }

  /** Other programs read these names, and other versions go on with a run. */
  @Test
  void aLineOfTheLogHasTheseNames(@TempDir Path directory) throws Exception {
    bench(Measurement.log(Optional.of(directory)), List.of())
        .run(SCENARIOS.subList(0, 1), BenchTest::open);
    String line = Files.readAllLines(directory.resolve("measurements.jsonl")).get(0);
    Set<String> names = JsonParser.parseString(line).getAsJsonObject().keySet();
    assertEquals(
        List.of(
            "key",
            "split",
            "link",
            "rtt_ms",
            "way",
            "category",
            "prompt",
            "tokens",
            "margins",
            "round_trips"),
        names.stream().limit(10).toList());
    assertTrue(
        names.containsAll(
            Set.of(
                "round_trips_ahead",
                "sent_tokens",
                "committed_tokens",
                "guesses",
                "reconnects",
                "ttft_ms",
                "decode_ms",
                "network_ms",
                "cloud_ms",
                "edge_ms",
                "serialization_ms",
                "draft_ms",
                "bytes_sent",
                "bytes_received")),
        line);
  }

  @Test
  void aSecondRunMayHaveOtherPrompts(@TempDir Path directory) {
    bench(Measurement.log(Optional.of(directory))).run(SCENARIOS, BenchTest::open);
    List<BenchPrompt> others = List.of(new BenchPrompt("three", "new"), PROMPTS.get(1));
    Bench second =
        new Bench(
            CONFIGURATIONS,
            others,
            TOKENS,
            OptionalInt.of(8),
            "test",
            Measurement.log(Optional.of(directory)),
            (what, done, total) -> {});
    List<Measurement> all = second.run(SCENARIOS, BenchTest::open);
    assertEquals(6, second.measured());
    assertEquals(6, report(all).tables().get(0).rows().size());
  }

  @Test
  void whatWasMeasuredWithAnotherDatastoreIsMeasuredAgain() {
    ResultLog<Measurement> log = Measurement.log(Optional.empty());
    List<DecoderConfiguration> configurations =
        List.of(new DecoderConfiguration("suffix"), new DecoderConfiguration("suffix+retrieval"));
    List<Integer> measured = new ArrayList<>();
    for (int last : new int[] {3, 3, 4}) {
      RetrievalDatastore datastore = RetrievalDatastore.of(List.of(new int[] {1, 2, last}));
      Bench bench = bench(log, configurations);
      bench.run(SCENARIOS.subList(0, 1), scenario -> open(scenario, datastore));
      measured.add(bench.measured());
    }
    assertEquals(List.of(3 * 2, 0, 2), measured);
  }

  @Test
  void anotherAnswerIsFoundOut() {
    List<Measurement> all =
        bench(Measurement.log(Optional.empty())).run(SCENARIOS.subList(0, 1), BenchTest::open);
    List<Measurement> wrong = all.stream().map(BenchTest::withAnotherToken).toList();
    assertFalse(new BenchReport(wrong).isIdentical());
    assertTrue(report(wrong).summary().contains("ANSWERS DIFFER"));
  }

  private static Measurement withAnotherToken(Measurement m) {
    if (!m.decoder().equals("suffix")) {
      return m;
    }
    return new Measurement(
        m.key(),
        m.split(),
        m.link(),
        m.rttMs(),
        m.decoder(),
        m.category(),
        m.prompt(),
        List.of(49 - m.tokens().get(0)),
        m.margins(),
        m.metrics());
  }

  @Test
  void theSplitModelSaysWhatTheWholeOneSaysWithTheSameLogProbabilities() {
    Verification verification = verification(Answered.log(Optional.empty()));
    try (SystemUnderTest system = open(SCENARIOS.get(0))) {
      verification.run(system, CHECKPOINT);
    }
    assertTrue(verification.isIdentical());
    Table table =
        verification.report(Provenance.here("command", "1", "random", "7")).tables().get(0);
    for (List<Object> row : table.rows()) {
      assertEquals(2, row.get(1));
      assertTrue((double) row.get(6) < 1e-4, row.toString());
    }
  }

  @Test
  void aContextThatFillsUpEndsBothAnswers() {
    Verification verification =
        new Verification(
            List.of(),
            List.of(new BenchPrompt("one", "abc")),
            CHECKPOINT.config().contextLength() + 10,
            OptionalInt.empty(),
            Answered.log(Optional.empty()),
            (what, done, total) -> {});
    try (SystemUnderTest system = open(SCENARIOS.get(0))) {
      verification.run(system, CHECKPOINT);
    }
    assertTrue(verification.isIdentical());
  }

  /** A second run compares what the log holds. */
  @Test
  void logProbabilitiesThatAreNotNumbersDoNotAgree(@TempDir Path directory) throws Exception {
    try (SystemUnderTest system = open(SCENARIOS.get(0))) {
      Verification first = verification(Answered.log(Optional.of(directory)));
      first.run(system, CHECKPOINT);
      assertTrue(first.isIdentical());
      Path file = directory.resolve("answers.jsonl");
      String spoiled =
          Files.readString(file)
              .replaceAll("\"log_probability\":[^,}]+", "\"log_probability\":NaN");
      Files.writeString(file, spoiled);
      Verification second = verification(Answered.log(Optional.of(directory)));
      second.run(system, CHECKPOINT);
      assertFalse(second.isIdentical());
    }
  }

  private static Verification verification(ResultLog<Answered> log) {
    return new Verification(
        List.of(new DecoderConfiguration("suffix")),
        PROMPTS,
        TOKENS,
        OptionalInt.of(8),
        log,
        (what, done, total) -> {});
  }

  @Test
  void anotherModelIsFoundOut() {
    Verification verification =
        new Verification(
            List.of(),
            PROMPTS,
            TOKENS,
            OptionalInt.empty(),
            Answered.log(Optional.empty()),
            (what, done, total) -> {});
    try (SystemUnderTest system = open(SCENARIOS.get(0))) {
      verification.run(system, new RandomCheckpoint(8));
    }
    assertFalse(verification.isIdentical());
  }

  /** A token's log-probability is that of the token, by any way to come by it. */
  @Test
  void logProbabilitiesOfATextAreThoseOfItsTokensWhenTheyWereChosen() {
    int[] prompt = {3, 1, 4, 1, 5};
    try (WholeModel whole = new WholeModel(CHECKPOINT, Device.cpu(), WeightType.F32);
        SystemUnderTest system = open(SCENARIOS.get(0))) {
      List<TokenChoice> choices = whole.decode(prompt, 20, Set.of());
      int[] text = new int[prompt.length + choices.size()];
      System.arraycopy(prompt, 0, text, 0, prompt.length);
      for (int i = 0; i < choices.size(); i++) {
        text[prompt.length + i] = choices.get(i).token();
      }
      try (var session = system.model().newSession()) {
        TokenScore[] scores = session.score(text);
        assertEquals(text.length - 1, scores.length);
        for (int i = 0; i < choices.size(); i++) {
          float log = choices.get(i).logProbability();
          assertTrue(log <= 0, "log-probability " + log);
          TokenScore score = scores[prompt.length - 1 + i];
          assertEquals(log, score.logProbability(), 1e-4);
          assertTrue(score.isGreedy() || choices.get(i).margin() < Generation.NEAR_TIE);
        }
      }
    }
  }
}
