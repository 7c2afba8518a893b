package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.onnxruntime.OrtException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The exported graph in ONNX Runtime, compared with the same layers on DJL. */
class ParityTest {
  private static final int FROM = 1;
  private static final int TO = 3;
  private static final float TOLERANCE = 1e-4f; // relative
  private static final double HALF_TOLERANCE = 2e-2;

  private static final Map<Families, Pair> PAIRS = new EnumMap<>(Families.class);

  /** The same layers twice. */
  static final class Pair implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Path directory;
    final OnnxMiddle onnx;
    private final Decoder decoder;
    private final DecoderRange layers;

    Pair(Families family) {
      this(family.checkpoint(), ExportOptions.DEFAULT, WeightType.F32);
    }

    Pair(Checkpoint checkpoint, ExportOptions options, WeightType type) {
      this.checkpoint = checkpoint;
      ExportedModel model;
      try {
        directory = Files.createTempDirectory("export");
        model =
            MiddleExport.write(checkpoint, FROM, TO, options, directory, (what, done, total) -> {});
        onnx = new OnnxMiddle(model.directory().resolve("1/model.onnx"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
      Checkpoint reference =
          options.int8Weights()
              ? new Int8Checkpoint(checkpoint, model.directory().resolve("1"))
              : checkpoint;
      decoder = Decoder.open(reference, Device.cpu(), type);
      layers = decoder.range(FROM, TO);
    }

    int width() {
      return checkpoint.config().hiddenSize();
    }

    float[] expected(float[] hidden, Step step, KvCache cache) {
      try (NDManager scope = decoder.newScope()) {
        return layers
            .forward(scope.create(hidden).reshape(step.tokens(), width()), step, cache)
            .toFloatArray();
      }
    }

    @Override
    public void close() {
      onnx.close();
      layers.close();
      decoder.close();
      Directories.delete(directory);
    }
  }

  private static Pair pair(Families family) {
    return PAIRS.computeIfAbsent(family, Pair::new);
  }

  @AfterAll
  @AfterContainer
  static void close() {
    PAIRS.values().forEach(Pair::close);
    PAIRS.clear();
  }

  /**
   * Random trees in random free slots, while the other slots hold what rejected branches have left
   * (or NaN), the capacity grows and some steps are sent twice.
   */
  @Property(tries = 150)
  void anyStepsGiveWhatTheDecoderRangeGives(
      @ForAll Families family, @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int steps)
      throws OrtException {
    walk(
        pair(family),
        seed,
        steps,
        (expected, actual) -> assertClose(expected, actual, family.toString()));
  }

  /** Compares random steps of one session. */
  static void walk(Pair pair, long seed, int steps, BiConsumer<float[], float[]> comparison)
      throws OrtException {
    Random random = new Random(seed);
    OnnxMiddle.State state = pair.onnx.newState();
    BitSet cached = new BitSet();
    int capacity = 1 + random.nextInt(16);
    int length = 0;
    try (KvCache cache = pair.layers.newCache()) {
      for (int i = 0; i < steps; i++) {
        int tokens = 1 + random.nextInt(8);
        int used = cached.cardinality();
        capacity =
            Math.max(capacity, used + tokens) + (random.nextBoolean() ? 0 : random.nextInt(40));
        int[] parents = new int[tokens];
        int[] positions = new int[tokens];
        for (int token = 0; token < tokens; token++) {
          parents[token] = random.nextInt(token + 1) - 1;
          positions[token] = parents[token] < 0 ? length : positions[parents[token]] + 1;
        }
        List<Integer> free = free(cached, capacity);
        Collections.shuffle(free, random);
        int[] slots = free.stream().limit(tokens).mapToInt(Integer::intValue).toArray();
        Step step = Step.tree(positions, slots, cached, capacity, parents);
        float[] hidden = gaussian(random, tokens * pair.width());

        float[] expected = pair.expected(hidden, step, cache);
        float[] actual = state.run(hidden, step);
        comparison.accept(expected, actual);
        if (random.nextBoolean()) {
          assertArrayEquals(actual, state.run(hidden, step), "a re-sent step");
        }
        for (int node = random.nextInt(tokens); node >= 0; node = parents[node]) {
          cached.set(slots[node]);
        }
        length = cached.cardinality();
        for (int slot : free(cached, capacity)) {
          if (random.nextInt(3) == 0) {
            state.fill(slot, random.nextBoolean() ? Float.NaN : 1e30f);
          }
        }
      }
    }
  }

  private static List<Integer> free(BitSet cached, int capacity) {
    List<Integer> free = new ArrayList<>();
    for (int slot = 0; slot < capacity; slot++) {
      if (!cached.get(slot)) {
        free.add(slot);
      }
    }
    return free;
  }

  static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void assertClose(float[] expected, float[] actual, String message) {
    assertClose(TOLERANCE, expected, actual, message);
  }

  private static void assertClose(
      double tolerance, float[] expected, float[] actual, String message) {
    assertEquals(expected.length, actual.length, message);
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected, actual, (float) (tolerance * largest), message);
  }

  /** A token whose hidden states are NaN must not spoil its siblings. */
  @Test
  void aBranchOfNotNumbersLeavesTheOthersAlone() throws OrtException {
    Pair pair = pair(Families.LLAMA);
    float[] hidden = gaussian(new Random(3), 2 * pair.width());
    Arrays.fill(hidden, pair.width(), 2 * pair.width(), Float.NaN);
    Step both = Step.tree(new int[] {0, 0}, new int[] {0, 1}, new BitSet(), 8, new int[] {-1, -1});
    Step alone = Step.chain(new int[] {0}, new int[] {0}, new BitSet(), 8);
    float[] sound = Arrays.copyOf(hidden, pair.width());
    float[] expected = pair.onnx.newState().run(sound, alone);
    float[] actual = pair.onnx.newState().run(hidden, both);
    assertClose(expected, Arrays.copyOf(actual, pair.width()), "the sound branch");
  }

  @Test
  void farPositionsAreRotatedAsOnDjl() throws OrtException {
    Pair pair = pair(Families.QWEN3);
    BitSet cached = new BitSet();
    int[] positions = {70_000, 70_001, 131_071};
    Step step = Step.chain(positions, new int[] {5, 0, 3}, cached, 8);
    float[] hidden = gaussian(new Random(4), 3 * pair.width());
    try (KvCache cache = pair.layers.newCache()) {
      assertClose(
          pair.expected(hidden, step, cache), pair.onnx.newState().run(hidden, step), "far");
    }
  }

  @Test
  void aSmallerCapacityFailsAndLeavesTheStateIntact() throws OrtException {
    Pair pair = pair(Families.LLAMA);
    float[] hidden = gaussian(new Random(5), pair.width());
    OnnxMiddle.State state = pair.onnx.newState();
    OnnxMiddle.State other = pair.onnx.newState();
    Step first = Step.chain(new int[] {0}, new int[] {9}, new BitSet(), 16);
    BitSet cached = new BitSet();
    cached.set(9);
    Step second = Step.chain(new int[] {1}, new int[] {2}, cached, 16);
    state.run(hidden, first);
    other.run(hidden, first);
    assertThrows(
        OrtException.class,
        () -> state.run(hidden, Step.chain(new int[] {1}, new int[] {0}, new BitSet(), 8)));
    assertArrayEquals(other.run(hidden, second), state.run(hidden, second));
  }

  /** A prompt, then a token that sees it. */
  private static void assertTwoStepsClose(double tolerance, Pair pair) throws OrtException {
    Random random = new Random(6);
    Step prompt =
        Step.chain(new int[] {0, 1, 2, 3, 4}, new int[] {4, 0, 2, 1, 9}, new BitSet(), 16);
    BitSet cached = new BitSet();
    for (int slot : new int[] {4, 0, 2, 1, 9}) {
      cached.set(slot);
    }
    Step token = Step.chain(new int[] {5}, new int[] {3}, cached, 64);
    OnnxMiddle.State state = pair.onnx.newState();
    try (KvCache cache = pair.layers.newCache()) {
      for (Step step : List.of(prompt, token)) {
        float[] hidden = gaussian(random, step.tokens() * pair.width());
        assertClose(
            tolerance,
            pair.expected(hidden, step, cache),
            state.run(hidden, step),
            step.tokens() + " tokens");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void int8WeightsComputeWhatTheirNumbersGive(Families family) throws OrtException {
    ExportOptions options = ExportOptions.DEFAULT.withInt8Weights(true);
    try (Pair pair = new Pair(family.checkpoint(), options, WeightType.F32)) {
      assertTwoStepsClose(TOLERANCE, pair);
    }
  }

  /** Compared with FP32: FP16 has 11 significant bits, and sums lose some of them. */
  @ParameterizedTest
  @EnumSource
  void halfPrecisionIsClose(Families family) throws OrtException {
    ExportOptions options = ExportOptions.DEFAULT.withPrecision(Precision.FP16);
    try (Pair pair = new Pair(family.checkpoint(), options, WeightType.F32)) {
      assertTwoStepsClose(HALF_TOLERANCE, pair);
    }
  }

  @Test
  void halfPrecisionWithInt8WeightsIsClose() throws OrtException {
    ExportOptions options =
        ExportOptions.DEFAULT.withPrecision(Precision.FP16).withInt8Weights(true);
    try (Pair pair = new Pair(Families.QWEN2.checkpoint(), options, WeightType.F32)) {
      assertTwoStepsClose(HALF_TOLERANCE, pair);
    }
  }
}
