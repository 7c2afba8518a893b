package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract (docs/protocol.md), against the plain causal run of the same layers. */
class DecoderRangeTest {
  private static final float TOLERANCE = 2e-4f;

  private static Decoder decoder;
  private static DecoderRange layers;
  private static Embedding embedding;

  @BeforeAll
  @BeforeContainer
  static void open() {
    decoder = Decoder.open(new RandomCheckpoint(7), Device.cpu(), WeightType.F32);
    layers = decoder.range(0, 4);
    embedding = decoder.embedding();
  }

  @AfterAll
  @AfterContainer
  static void close() {
    layers.close();
    decoder.close();
  }

  /** Hidden states [T][H] of a chain in canonical slots, one pass. */
  private static float[][] causal(int[] tokens) {
    try (KvCache cache = layers.newCache()) {
      return run(layers, cache, tokens, chain(0, tokens.length, 64));
    }
  }

  private static Step chain(int from, int tokens, int capacity) {
    BitSet cached = new BitSet();
    cached.set(0, from);
    int[] positions = new int[tokens];
    Arrays.setAll(positions, i -> from + i);
    return Step.chain(positions, positions, cached, capacity);
  }

  private static float[][] run(DecoderRange range, KvCache cache, int[] tokens, Step step) {
    try (NDManager scope = decoder.newScope()) {
      NDArray out = range.forward(embedding.embed(scope, tokens), step, cache);
      float[] flat = out.toFloatArray();
      int width = flat.length / tokens.length;
      float[][] rows = new float[tokens.length][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * width, (i + 1) * width));
      return rows;
    }
  }

  private static int[] randomTokens(Random random, int count) {
    return random.ints(count, 0, 50).toArray();
  }

  /** The cache grows meanwhile. */
  @ParameterizedTest
  @EnumSource(WeightType.class)
  void everyTypeComputesTheSameButForItsPrecision(WeightType type) {
    int[] tokens = randomTokens(new Random(3), 40);
    float[][] expected = causal(tokens);
    try (Decoder other = Decoder.open(new RandomCheckpoint(7), Device.cpu(), type);
        DecoderRange range = other.range(0, 4);
        OutputHead head = other.outputHead();
        KvCache cache = range.newCache()) {
      run(range, cache, Arrays.copyOf(tokens, 30), chain(0, 30, 64));
      float[][] rest = run(range, cache, Arrays.copyOfRange(tokens, 30, 40), chain(30, 10, 512));
      double worst = 0;
      for (int row = 0; row < rest.length; row++) {
        for (int i = 0; i < rest[row].length; i++) {
          worst = Math.max(worst, Math.abs(rest[row][i] - expected[30 + row][i]));
        }
      }
      double scale = 0;
      for (float value : expected[30]) {
        scale = Math.max(scale, Math.abs(value));
      }
      int precision =
          switch (type) {
            case F32 -> 24;
            case F16 -> 11;
            case BF16, INT8 -> 8;
          };
      double error =
          worst / scale * Math.scalb(1.0, precision); // in units of the largest number's rounding
      assertTrue(error < 50, "off by " + error);
      assertTrue(type == WeightType.F32 || error > 1, "computed in another type: " + error);
      try (NDManager scope = other.newScope()) {
        TokenChoice choice = head.greedy(scope.create(expected[39]).reshape(1, -1))[0];
        assertTrue(Float.isFinite(choice.margin()));
      }
    }
  }

  @Test
  void oneTokenAtATimeEqualsOnePass() {
    int[] tokens = randomTokens(new Random(1), 20);
    float[][] expected = causal(tokens);
    try (KvCache cache = layers.newCache()) {
      for (int i = 0; i < tokens.length; i++) {
        float[][] row = run(layers, cache, new int[] {tokens[i]}, chain(i, 1, 64));
        assertArrayEquals(expected[i], row[0], TOLERANCE);
      }
    }
  }

  /** Attention takes slots in blocks; those of the first ones are all unseen here. */
  @Test
  void tokensInSlotsFarFromTheFirstEqualThoseInTheFirst() {
    int[] tokens = randomTokens(new Random(6), 12);
    float[][] expected = causal(tokens);
    try (KvCache cache = layers.newCache()) {
      int[] positions = new int[8];
      Arrays.setAll(positions, i -> i);
      int[] slots = Arrays.stream(positions).map(i -> 1100 + i).toArray();
      float[][] begun =
          run(
              layers,
              cache,
              Arrays.copyOf(tokens, 8),
              Step.chain(positions, slots, new BitSet(), 1152));
      BitSet cached = new BitSet();
      cached.set(1100, 1108);
      float[][] rest =
          run(
              layers,
              cache,
              Arrays.copyOfRange(tokens, 8, 12),
              Step.chain(new int[] {8, 9, 10, 11}, new int[] {3, 700, 1120, 40}, cached, 1152));
      for (int i = 0; i < tokens.length; i++) {
        assertArrayEquals(expected[i], i < 8 ? begun[i] : rest[i - 8], TOLERANCE, "token " + i);
      }
    }
  }

  @Test
  void rangesInARowEqualTheWhole() {
    int[] tokens = randomTokens(new Random(2), 12);
    Step step = chain(0, 12, 32);
    try (DecoderRange lower = decoder.range(0, 1);
        DecoderRange middle = decoder.range(1, 3);
        DecoderRange upper = decoder.range(3, 4);
        KvCache a = lower.newCache();
        KvCache b = middle.newCache();
        KvCache c = upper.newCache();
        NDManager scope = decoder.newScope()) {
      NDArray hidden = lower.forward(embedding.embed(scope, tokens), step, a);
      hidden = upper.forward(middle.forward(hidden, step, b), step, c);
      float[][] whole = causal(tokens);
      float[] flat = hidden.toFloatArray();
      for (int i = 0; i < 12; i++) {
        assertArrayEquals(
            whole[i], Arrays.copyOfRange(flat, i * 24, (i + 1) * 24), 0f, "token " + i);
      }
    }
  }

  @Test
  void anEmptyRangePassesHiddenStatesThrough() {
    try (DecoderRange none = decoder.range(2, 2);
        KvCache cache = none.newCache();
        NDManager scope = decoder.newScope()) {
      NDArray hidden = embedding.embed(scope, new int[] {3});
      assertEquals(hidden, none.forward(hidden, chain(0, 1, 8), cache));
    }
  }

  @Test
  void growthKeepsWhatIsCached() {
    int[] tokens = randomTokens(new Random(3), 700);
    float[][] expected;
    try (KvCache cache = layers.newCache()) {
      expected = run(layers, cache, tokens, chain(0, 700, 704));
    }
    try (KvCache cache = layers.newCache()) {
      int done = 0;
      for (int count : new int[] {10, 200, 90, 390, 10}) { // 256 -> 512 -> 1,024 slots
        float[][] rows =
            run(
                layers,
                cache,
                Arrays.copyOfRange(tokens, done, done + count),
                chain(done, count, done + count));
        assertArrayEquals(expected[done + count - 1], rows[count - 1], TOLERANCE);
        done += count;
      }
    }
  }

  /**
   * Random trees in random slots, while free slots hold what rejected branches have left (or NaN),
   * some steps are sent twice and a second session runs in between. Each token's output is that of
   * a causal run over the token's own path.
   */
  @Property(tries = 60)
  void anyTreeInAnySlotsEqualsTheCausalRunOfEachBranch(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int steps) {
    Random random = new Random(seed);
    int capacity = 64;
    List<Integer> path = new ArrayList<>(); // accepted tokens
    BitSet cached = new BitSet(); // their slots
    int[] other = randomTokens(random, 2 * steps);
    float[][] otherExpected = causal(other);
    try (KvCache cache = layers.newCache();
        KvCache otherCache = layers.newCache()) {
      for (int step = 0; step < steps; step++) {
        int count = 1 + random.nextInt(8);
        int[] tokens = randomTokens(random, count);
        int[] parents = new int[count];
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) {
          parents[i] = random.nextInt(i + 1) - 1;
          positions[i] = parents[i] < 0 ? path.size() : positions[parents[i]] + 1;
        }
        List<Integer> free = new ArrayList<>();
        for (int slot = 0; slot < capacity; slot++) {
          if (!cached.get(slot)) {
            free.add(slot);
          }
        }
        Collections.shuffle(free, random);
        int[] slots = free.stream().limit(count).mapToInt(Integer::intValue).toArray();
        Step tree = Step.tree(positions, slots, cached, capacity, parents);
        float[][] rows = run(layers, cache, tokens, tree);
        if (random.nextBoolean()) {
          assertArrayEquals(rows, run(layers, cache, tokens, tree), "a re-sent step");
        }
        int rest = random.nextInt(count);
        assertArrayEquals(rows[count - 1], last(cache, tokens, tree, rest), TOLERANCE);
        run(
            layers,
            otherCache,
            Arrays.copyOfRange(other, 2 * step, 2 * step + 2),
            chain(2 * step, 2, 16));
        int leaf = random.nextInt(count);
        List<Integer> branch = new ArrayList<>();
        for (int i = leaf; i >= 0; i = parents[i]) {
          branch.add(0, i);
        }
        for (int i = 0; i < count; i++) {
          List<Integer> tokensOnPath = new ArrayList<>(path);
          for (int j : ancestors(parents, i)) {
            tokensOnPath.add(tokens[j]);
          }
          float[][] expected = causal(tokensOnPath.stream().mapToInt(Integer::intValue).toArray());
          assertArrayEquals(expected[tokensOnPath.size() - 1], rows[i], TOLERANCE);
        }
        for (int i : branch) {
          path.add(tokens[i]);
          cached.set(slots[i]);
        }
        if (free.size() > count + 1) {
          poison(cache, free.get(count), path.size(), cached, capacity);
        }
      }
      float[][] last =
          run(layers, otherCache, new int[] {other[2 * steps - 1]}, chain(2 * steps - 1, 1, 16));
      assertArrayEquals(otherExpected[2 * steps - 1], last[0], TOLERANCE);
    }
  }

  /** Runs a step's first tokens as a step of their own, and then the rest alone. */
  private static float[] last(KvCache cache, int[] tokens, Step tree, int rest) {
    int from = tokens.length - 1 - rest;
    if (from > 0) {
      run(layers, cache, Arrays.copyOf(tokens, from), beginning(tree, from));
    }
    try (NDManager scope = decoder.newScope()) {
      NDArray hidden = embedding.embed(scope, Arrays.copyOfRange(tokens, from, tokens.length));
      NDArray out = layers.forwardLast(hidden, tree, cache);
      assertEquals(rest + 1, out.getShape().get(0));
      return out.get(rest).toFloatArray();
    }
  }

  private static Step beginning(Step step, int tokens) {
    ByteBuffer tree = ByteBuffer.allocate(tokens * tokens);
    for (int row = 0; row < tokens; row++) {
      tree.put(step.tree().slice(row * step.tokens(), tokens));
    }
    return Step.of(
        step.positions().limit(tokens * Integer.BYTES).slice().order(ByteOrder.nativeOrder()),
        step.slots().limit(tokens * Integer.BYTES).slice().order(ByteOrder.nativeOrder()),
        step.cached(),
        tree.flip());
  }

  private static List<Integer> ancestors(int[] parents, int node) {
    List<Integer> path = new ArrayList<>();
    for (int i = node; i >= 0; i = parents[i]) {
      path.add(0, i);
    }
    return path;
  }

  /** A rejected token whose hidden states are NaN leaves NaN in its slot. */
  private static void poison(KvCache cache, int slot, int position, BitSet cached, int capacity) {
    try (NDManager scope = decoder.newScope()) {
      float[] nan = new float[24];
      Arrays.fill(nan, Float.NaN);
      Step step = Step.chain(new int[] {position}, new int[] {slot}, cached, capacity);
      layers.forward(scope.create(nan).reshape(1, 24), step, cache);
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() {
    try (NDManager scope = decoder.newScope()) {
      assertThrows(IllegalArgumentException.class, () -> embedding.embed(scope, new int[] {1, 50}));
    }
  }

  @Test
  void aStepThatDoesNotFitTheHiddenStatesIsRefused() {
    try (KvCache cache = layers.newCache();
        NDManager scope = decoder.newScope()) {
      NDArray hidden = embedding.embed(scope, new int[] {1, 2});
      assertThrows(
          IllegalArgumentException.class, () -> layers.forward(hidden, chain(0, 3, 8), cache));
    }
  }
}
