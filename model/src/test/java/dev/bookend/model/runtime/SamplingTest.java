package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.architecture.ModelConfig;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;

/** Drawn tokens, compared with the definition in plain Java on the model's logits. */
class SamplingTest {
  private static final int WIDTH = 24;
  private static final int VOCABULARY = 3000; // more than the script sorts at first

  private static Decoder decoder;
  private static OutputHead head;

  @BeforeContainer
  static void open() {
    ModelConfig small = new RandomCheckpoint(7).config();
    ModelConfig config =
        new ModelConfig(
            small.architecture(),
            small.traits(),
            small.layers(),
            WIDTH,
            small.intermediateSize(),
            small.heads(),
            small.kvHeads(),
            small.headDim(),
            VOCABULARY,
            small.contextLength(),
            small.normEpsilon(),
            small.rope(),
            small.slidingWindow(),
            small.endTokens());
    decoder = Decoder.open(new RandomCheckpoint(7, config), Device.cpu(), WeightType.F32);
    head = decoder.outputHead();
  }

  @AfterContainer
  static void close() {
    head.close();
    decoder.close();
  }

  private static int drawn(float[] logits, Sampling sampling, double uniform) {
    double[] shares = new double[logits.length];
    IntStream.range(0, shares.length)
        .forEach(token -> shares[token] = Math.exp(logits[token] / sampling.temperature()));
    boolean cut = sampling.topK() > 0 || sampling.topP() < 1;
    List<Integer> tokens =
        IntStream.range(0, shares.length)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> cut ? -shares[token] : 0))
            .limit(sampling.topK() > 0 ? sampling.topK() : Integer.MAX_VALUE)
            .toList();
    double all = tokens.stream().mapToDouble(token -> shares[token]).sum();
    double kept = 0;
    int count = 0;
    while (count < tokens.size() && (kept < sampling.topP() * all || sampling.topP() == 1)) {
      kept += shares[tokens.get(count++)];
    }
    double end = 0;
    for (int token : tokens.subList(0, count)) {
      end += shares[token];
      if (uniform * kept < end) {
        return token;
      }
    }
    return tokens.get(count - 1);
  }

  @Property(tries = 200)
  void theTokenDrawnIsTheOneThatTheDefinitionGives(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.1, max = 20) double temperature,
      @ForAll @IntRange(max = 60) int topK,
      @ForAll @DoubleRange(min = 0.01, max = 1) double topP,
      @ForAll boolean cutsByCount,
      @ForAll boolean cutsByShare) {
    Sampling sampling =
        new Sampling(temperature, cutsByCount ? topK : 0, cutsByShare ? topP : 1, seed);
    Random random = new Random(seed);
    int tokens = 1 + random.nextInt(5);
    int[] positions = random.ints(tokens, 0, 1000).toArray();
    float[] states = new float[tokens * WIDTH];
    for (int i = 0; i < states.length; i++) {
      states[i] = (float) random.nextGaussian();
    }
    try (NDManager scope = decoder.newScope()) {
      NDArray hidden = scope.create(states).reshape(tokens, WIDTH);
      TokenChoice[] choices = head.choose(hidden, sampling, positions);
      for (int row = 0; row < tokens; row++) {
        float[] logits = head.logits(hidden).get(row).toFloatArray();
        int expected = drawn(logits, sampling, sampling.uniform(positions[row] + 1));
        assertTrue(choices[row].margin() >= 0, "margin " + choices[row].margin());
        if (choices[row].margin() > 1e-6) {
          assertEquals(expected, choices[row].token());
        }
      }
    }
  }

  /** Which of equal tokens top-k and top-p keep, and in which order, is chance. */
  @Example
  void aTokenChosenAmongEqualOnesIsANearTie() {
    try (NDManager scope = decoder.newScope()) {
      NDArray equal = scope.zeros(new Shape(1, WIDTH));
      int[] position = {5};
      assertTrue(head.choose(equal, new Sampling(1, 0, 1, 3), position)[0].margin() > 0);
      for (Sampling cut :
          List.of(
              new Sampling(1, 1, 1, 3), // the one that is kept is like the first that is not
              new Sampling(1, 7, 1, 3),
              new Sampling(1, 0, 0.4, 3),
              new Sampling(1, 60, 0.9, 3))) {
        assertEquals(0, head.choose(equal, cut, position)[0].margin(), cut.toString());
      }
    }
  }

  @Example
  void whoWantsMoreOfTheMostProbableTokensThanThereAreGetsAll() {
    try (NDManager scope = decoder.newScope()) {
      NDArray hidden = scope.ones(new Shape(1, WIDTH));
      int vocabulary = (int) head.logits(hidden).getShape().get(1);
      for (Sampling sampling : List.of(Sampling.GREEDY, new Sampling(1, 0, 1, 3))) {
        TokenChoice[] choices =
            head.choose(
                hidden,
                sampling,
                new int[] {5},
                List.of(LogitEdit.NONE),
                OptionalInt.of(vocabulary + 1));
        assertEquals(vocabulary, choices[0].top().size());
      }
    }
  }

  @Test
  void randomNumbersAreEvenlySpreadAndDependOnSeedAndPosition() {
    int[] tenths = new int[10];
    for (int position = 0; position < 10_000; position++) {
      double uniform = new Sampling(1, 0, 1, 42).uniform(position);
      assertTrue(uniform > 0 && uniform < 1);
      assertEquals(uniform, new Sampling(0.5, 3, 0.9, 42).uniform(position));
      assertTrue(uniform != new Sampling(1, 0, 1, 43).uniform(position));
      tenths[(int) (10 * uniform)]++;
    }
    for (int count : tenths) {
      assertEquals(1000, count, 120);
    }
  }

  @Test
  void valuesOutsideTheirRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Sampling(-1, 0, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(Double.NaN, 0, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(1, -1, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 1.1, 0));
  }
}
