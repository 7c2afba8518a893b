package dev.bookend.evaluation.attack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.evaluation.attack.AttackResult.Target;
import dev.bookend.evaluation.attack.Trial.Attack;
import dev.bookend.evaluation.attack.VocabularyMatching.Otherwise;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.safetensors.LowRankAdapter;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.WeightType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks on a tiny random model of 50 tokens, cut at one layer from both ends. */
class AttackTest {
  private static final Wire FP32 = Wire.parse("fp32");
  private static final int DEPTH = 1;
  private static final int[] BEGINNING = {3, 1, 4};
  private static final int LENGTH = 30;

  private CutLayers layers;
  private NDManager kept;
  private List<Observation> seen;
  private List<Document> documents;

  @BeforeEach
  void answer() {
    layers =
        new CutLayers(
            Decoder.open(new RandomCheckpoint(7), Device.cpu(), WeightType.F32),
            List.of(DEPTH, 4 - DEPTH));
    kept = layers.newScope();
    Victim victim = new Victim(layers, List.of(DEPTH));
    seen =
        IntStream.range(0, 4).mapToObj(seed -> victim.answer(kept, prompt(100 + seed), 8)).toList();
    documents = seen.stream().map(one -> Document.of(text(one.prompt().tokens()))).toList();
  }

  @AfterEach
  void close() {
    kept.close();
    layers.close();
  }

  private static PromptTokens prompt(long seed) {
    int[] tokens = new Random(seed).ints(BEGINNING.length + LENGTH, 1, 50).toArray();
    System.arraycopy(BEGINNING, 0, tokens, 0, BEGINNING.length);
    return new PromptTokens(tokens, BEGINNING.length, tokens.length);
  }

  private static String text(int... tokens) {
    return Arrays.toString(tokens);
  }

  private Trial trial(Wire wire) {
    return new Trial(
        layers.newScope(),
        documents,
        seen,
        DEPTH,
        wire,
        AttackTest::text,
        (what, done, total) -> {});
  }

  private AttackResult measure(Wire wire, Target target, Trial.Attack attack) {
    try (Trial trial = trial(wire)) {
      return target == Target.PROMPT
          ? trial.up("it", List.of(attack), documents.size(), Target.PROMPT).get(0)
          : trial.down("it", List.of(attack), documents.size());
    }
  }

  private static double tokens(List<Recovery> all) {
    return AttackResult.percent(all, Recovery::tokens).mean();
  }

  private Inverter codebook() {
    Map<Integer, NDArray> book =
        Codebook.make(layers, List.of(DEPTH), kept, BEGINNING, (what, done, total) -> {});
    Pairs pairs = pairs(400);
    int[] rows = IntStream.range(0, pairs.size()).toArray();
    return DiscriminantInverter.ofCodebook(layers, book.get(DEPTH), pairs, rows);
  }

  private Pairs pairs(int count) {
    Stream<PromptTokens> own = IntStream.iterate(0, seed -> seed + 1).mapToObj(AttackTest::prompt);
    return new PairCollector(layers, List.of(DEPTH))
        .collect(kept, own.limit(50).iterator(), count, (what, done, total) -> {})
        .get(DEPTH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "fp16", "int8", "int4"})
  void matchingReadsEveryTokenAndNothingOfShuffledStates(String name) {
    Wire wire = Wire.parse(name);
    try (Inverter codebook = codebook()) {
      VocabularyMatching matching =
          new VocabularyMatching(layers, DEPTH, wire, codebook, BEGINNING, Otherwise.TRY_ALL);
      AttackResult finding = measure(wire, Target.PROMPT, Attack.of(matching::recover));
      assertEquals(100, tokens(finding.recovered()));
      assertTrue(tokens(finding.control()) < 20, "control: " + tokens(finding.control()));
    }
  }

  private double readThroughNoise(String name) {
    Wire.Noisy wire = (Wire.Noisy) Wire.parse(name);
    try (Inverter codebook = codebook()) {
      LikelihoodMatching matching =
          new LikelihoodMatching(layers, DEPTH, wire.size(), codebook, BEGINNING);
      return tokens(measure(wire, Target.PROMPT, Attack.of(matching::recover)).recovered());
    }
  }

  @Test
  void anAttackerWhoKnowsOfTheNoiseReadsThroughIt() {
    double little = readThroughNoise("noise=0.2");
    assertTrue(little > 95, "little noise: " + little);
    double much = readThroughNoise("noise=30");
    assertTrue(much < 20, "much noise: " + much);
  }

  @Test
  void noiseTakesFromTheModelWhatItHidesAndRoundingTakesLittle() {
    Quality plain = Quality.over(FP32, layers, DEPTH, seen);
    Quality rounded = Quality.over(Wire.parse("int8"), layers, DEPTH, seen);
    Quality noisy = Quality.over(Wire.parse("noise=3"), layers, DEPTH, seen);
    assertEquals(100, plain.agreement().mean());
    assertEquals(1, rounded.perplexity().mean() / plain.perplexity().mean(), 0.02);
    assertTrue(rounded.agreement().mean() > 80, rounded.toString());
    assertTrue(noisy.agreement().mean() < 60, noisy.toString());
  }

  @Test
  void noiseIsSparedWhereTheTextIsTheTemplates() {
    PromptTokens prompt = new PromptTokens(new int[] {3, 1, 4, 1, 5, 9}, 2, 4);
    NDArray states = seen.get(0).byDepth().get(DEPTH).lower().get("1:9");
    NDArray arrived = Wire.parse("noise=1").carryText(states, 1, prompt, new Random(1));
    float[] change = arrived.sub(states).abs().sum(new int[] {1}).toFloatArray();
    boolean[] noisy = {false, true, true, false, false, true, true, true};
    for (int i = 0; i < noisy.length; i++) {
      assertEquals(noisy[i], change[i] > 0, "position " + (i + 1));
    }
  }

  /** Were it the same noise, the n-th state that arrives would look like the n-th one learned. */
  @Test
  void noAttackerHasTheVictimsNoise() {
    Wire noise = Wire.parse("noise=30");
    NDArray book =
        Codebook.make(layers, List.of(DEPTH), kept, BEGINNING, (what, done, total) -> {})
            .get(DEPTH);
    Pairs few = pairs(1);
    int first = few.tokens()[0];
    int[] learned = // the text's tokens come first
        IntStream.concat(IntStream.of(first), IntStream.range(0, 50).filter(t -> t != first))
            .toArray();
    int[] row = {0};
    int[] alike = {0};
    NDArray covariance = kept.eye(layers.hiddenSize());
    try (Inverter imprinted = new ImprintedInverter(layers, covariance, noise, book, few, 1)) {
      measure(
          noise,
          Target.PROMPT,
          states -> {
            int[][] best = imprinted.best(states, 1);
            for (int[] ranked : best) {
              alike[0] += row[0] < learned.length && ranked[0] == learned[row[0]] ? 1 : 0;
              row[0]++;
            }
            return best;
          });
    }
    assertTrue(alike[0] < 10, alike[0] + " of the first 50");
  }

  @Test
  void answersAreReadFromWhatGoesUpAsWell() {
    try (Inverter codebook = codebook();
        Trial trial = trial(FP32)) {
      VocabularyMatching matching =
          new VocabularyMatching(layers, DEPTH, FP32, codebook, BEGINNING, Otherwise.TRY_ALL);
      List<AttackResult> both =
          trial.up("it", List.of(Attack.of(matching::recover)), 4, Target.PROMPT, Target.ANSWER);
      assertEquals(100, tokens(both.get(0).recovered()));
      assertEquals(100, tokens(both.get(1).recovered()));
      int sent = seen.stream().mapToInt(one -> one.tokens().length - one.answerFrom() - 1).sum();
      assertEquals(sent, both.get(1).recovered().stream().mapToInt(one -> one.tokens().of()).sum());
    }
  }

  /** The model's first token may be the end. */
  @Test
  void emptyAnswersCountAsNothing() {
    Victim victim = new Victim(layers, List.of(DEPTH));
    seen = seen.stream().map(one -> victim.answer(kept, one.prompt(), 0)).toList();
    OutputDecoding decoding = new OutputDecoding(layers, DEPTH);
    AttackResult finding = measure(FP32, Target.ANSWER, Attack.of(decoding::recover));
    assertNull(finding.tokens());
    assertNull(AttackResult.percent(finding.recovered(), Recovery::documents));
    assertNull(Quality.over(FP32, layers, DEPTH, seen).agreement());
  }

  /** The order of the candidates costs time only. */
  @Test
  void matchingNeedsNeitherGoodCandidatesNorAKnownBeginning() {
    Inverter bad =
        (states, count) -> {
          int[][] candidates = new int[(int) states.getShape().get(0)][];
          Arrays.fill(candidates, new int[] {7, 8});
          return candidates;
        };
    VocabularyMatching matching =
        new VocabularyMatching(layers, DEPTH, FP32, bad, new int[] {9, 9}, Otherwise.TRY_ALL);
    assertEquals(
        100, tokens(measure(FP32, Target.PROMPT, Attack.of(matching::recover)).recovered()));
    VocabularyMatching pruned =
        new VocabularyMatching(layers, DEPTH, FP32, bad, new int[] {9, 9}, Otherwise.END);
    assertTrue(tokens(measure(FP32, Target.PROMPT, Attack.of(pruned::recover)).recovered()) < 20);
  }

  @Test
  void outputDecodingReadsTheAnswerAndNothingOfShuffledStates() {
    OutputDecoding decoding = new OutputDecoding(layers, DEPTH);
    AttackResult finding = measure(FP32, Target.ANSWER, Attack.of(decoding::recover));
    assertEquals(100, tokens(finding.recovered()));
    assertTrue(tokens(finding.control()) < 40, "control: " + tokens(finding.control()));
  }

  /** Step by step over a wire as in one pass without one. */
  @Test
  void anExactWireChangesNoAnswer() {
    Victim victim = new Victim(layers, List.of(DEPTH));
    Observation usual = seen.get(0);
    Observation over = victim.answerOver(FP32, kept, usual.prompt(), 8);
    assertArrayEquals(usual.tokens(), over.tokens());
    int sent = usual.tokens().length - 1;
    float[] expected = usual.byDepth().get(DEPTH).middle().toFloatArray();
    float[] found = over.byDepth().get(DEPTH).middle().get("0:" + sent).toFloatArray();
    assertArrayEquals(expected, found, 1e-3f);
  }

  @Test
  void noiseOnTheWayUpDoesNotHideTheAnswer() {
    Wire noise = Wire.parse("noise=1");
    Victim victim = new Victim(layers, List.of(DEPTH));
    seen = seen.stream().map(one -> victim.answerOver(noise, kept, one.prompt(), 8)).toList();
    OutputDecoding decoding = new OutputDecoding(layers, DEPTH);
    AttackResult finding = measure(noise, Target.ANSWER, Attack.of(decoding::recover));
    assertEquals(100, tokens(finding.recovered()));
  }

  /** The attackers have the public layers. */
  @Test
  void matchingReadsThroughASmallChangeOfTheEdgeAndALargeOneStopsIt() {
    assertTrue(readThroughChange(0.03) > 90, "" + readThroughChange(0.03));
    assertTrue(readThroughChange(5) < 50, "" + readThroughChange(5));
  }

  private double readThroughChange(double size) {
    Checkpoint base = new RandomCheckpoint(7);
    Checkpoint changed =
        LowRankAdapter.random(base, 2, size, 1)
            .appliedTo(base, layer -> layer < DEPTH || layer >= 4 - DEPTH);
    try (CutLayers own =
            new CutLayers(
                Decoder.open(changed, Device.cpu(), WeightType.F32), List.of(DEPTH, 4 - DEPTH));
        Inverter codebook = codebook()) {
      Victim victim = new Victim(own, List.of(DEPTH));
      seen =
          IntStream.range(0, 4)
              .mapToObj(seed -> victim.answer(kept, prompt(100 + seed), 8))
              .toList();
      VocabularyMatching matching =
          new VocabularyMatching(layers, DEPTH, FP32, codebook, BEGINNING, Otherwise.TAKE_NEAREST);
      return tokens(measure(FP32, Target.PROMPT, Attack.of(matching::recover)).recovered());
    }
  }

  @Test
  void thePerceptronLearnsMoreThanChance() {
    Pairs pairs = pairs(1000);
    int[] rows = IntStream.range(0, pairs.size()).toArray();
    Training training = new Training(64, 20, 32, 2e-3f);
    try (Inverter mlp = new ClassifierInverter(layers, pairs, rows, training, 1)) {
      AttackResult finding = measure(FP32, Target.PROMPT, states -> mlp.best(states, 5));
      assertTrue(tokens(finding.recovered()) > 30, "" + tokens(finding.recovered()));
      assertTrue(tokens(finding.control()) < 15, "" + tokens(finding.control()));
    }
  }

  /** Its text has even tokens only; chance reads 2 %, and the tiny model mixes contexts a lot. */
  @Test
  void theImprintedPerceptronKnowsTokensThatNoTextHad() {
    NDArray book =
        Codebook.make(layers, List.of(DEPTH), kept, BEGINNING, (what, done, total) -> {})
            .get(DEPTH);
    Pairs all = pairs(1500);
    Pairs even = only(all, 0);
    Pairs odd = only(all, 1);
    int[] rows = IntStream.range(0, even.size()).toArray();
    try (DiscriminantInverter nearest = DiscriminantInverter.ofCodebook(layers, book, even, rows);
        Inverter imprinted =
            new ImprintedInverter(layers, nearest.covariance(), FP32, book, even, 1)) {
      assertTrue(share(imprinted, even) > 60, "even: " + share(imprinted, even));
      assertTrue(share(imprinted, odd) > 6, "odd: " + share(imprinted, odd));
    }
  }

  private Pairs only(Pairs pairs, int rest) {
    int[] rows =
        IntStream.range(0, pairs.size()).filter(i -> pairs.tokens()[i] % 2 == rest).toArray();
    return new Pairs(pairs.states(kept, rows), pairs.tokens(rows), List.of(0));
  }

  private static double share(Inverter inverter, Pairs pairs) {
    int[][] best = inverter.best(pairs.states(), 1);
    return 100.0
        * IntStream.range(0, pairs.size()).filter(i -> best[i][0] == pairs.tokens()[i]).count()
        / pairs.size();
  }
}
