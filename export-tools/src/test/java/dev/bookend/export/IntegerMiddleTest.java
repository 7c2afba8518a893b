package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.onnxruntime.OrtException;
import dev.bookend.export.ParityTest.Pair;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Integer layers as an exported graph in ONNX Runtime: to the bit those of the embedded cloud, and
 * the same whatever shares a step.
 */
class IntegerMiddleTest {
  private static final int MOST = 64;

  static List<Checkpoint> checkpoints() {
    List<Checkpoint> all = new ArrayList<>();
    for (Families family : Families.values()) {
      all.add(family.checkpoint());
    }
    all.add(wide(9, 3, 64)); // as SmolLM2's
    all.add(wide(3, 3, 128));
    return all;
  }

  private static Checkpoint wide(int heads, int kvHeads, int headDim) {
    return new RandomCheckpoint(
        7,
        new ModelConfig(
            Architecture.QWEN2,
            Set.of(Trait.ATTENTION_BIAS),
            3,
            320,
            1000,
            heads,
            kvHeads,
            headDim,
            50,
            4096,
            1e-5,
            new RotaryEmbedding(
                IntStream.range(0, headDim / 2)
                    .mapToObj(i -> Math.pow(10_000, -2.0 * i / headDim))
                    .toList()),
            OptionalInt.empty(),
            Set.of(0)));
  }

  private static Pair pair(Checkpoint checkpoint) {
    return new Pair(
        checkpoint, ExportOptions.DEFAULT.withPrecision(Precision.INT8), WeightType.INT8);
  }

  /**
   * Libraries add up the products of scores, the only sums of numbers that are not whole, each in
   * its own order. On processors with AVX2 both add them up one by one.
   */
  static final boolean SCORES_ARE_ALIKE = hasAvx2AndNoMore();

  private static boolean hasAvx2AndNoMore() {
    try {
      String flags = Files.readString(Path.of("/proc/cpuinfo"));
      return flags.contains(" avx2") && !flags.contains(" avx512");
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void anyStepsGiveTheBitsOfTheEmbeddedCloudAndEveryRowIsItsOwn(Checkpoint checkpoint)
      throws OrtException {
    try (Pair pair = pair(checkpoint)) {
      for (int seed = 1; seed <= 3; seed++) {
        ParityTest.walk(
            pair,
            seed,
            4,
            SCORES_ARE_ALIKE ? Assertions::assertArrayEquals : IntegerMiddleTest::assertNear);
      }
      assertRowsAreIndependent(pair);
    }
  }

  /** A whole number more or less somewhere, after three layers. */
  private static void assertNear(float[] expected, float[] actual) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertArrayEquals(expected, actual, largest * 1e-2f);
  }

  private static void assertRowsAreIndependent(Pair pair) throws OrtException {
    List<Integer> shuffled = IntStream.range(0, 300).boxed().collect(Collectors.toList());
    Collections.shuffle(shuffled, new Random(2));
    int[] anywhere = shuffled.stream().mapToInt(Integer::intValue).limit(MOST).toArray();
    int[] inPlace = IntStream.range(0, MOST).toArray();
    float[] hidden = ParityTest.gaussian(new Random(1), MOST * pair.width());
    float[] expected = run(pair, hidden, MOST, inPlace, 64);
    for (int size : new int[] {1, 2, 3, 8, 17, 63}) {
      assertArrayEquals(expected, run(pair, hidden, size, inPlace, 64), "in steps of " + size);
    }
    for (int size : new int[] {5, MOST}) {
      assertArrayEquals(
          expected, run(pair, hidden, size, anywhere, 320), "scattered, in steps of " + size);
    }
  }

  /** What comes out for tokens that are run in steps of some size. */
  private static float[] run(Pair pair, float[] hidden, int size, int[] slots, int capacity)
      throws OrtException {
    float[] all = new float[hidden.length];
    int width = pair.width();
    BitSet cached = new BitSet();
    OnnxMiddle.State state = pair.onnx.newState();
    for (int from = 0; from < MOST; from += size) {
      int to = Math.min(MOST, from + size);
      int[] places = Arrays.copyOfRange(slots, from, to);
      Step step = Step.chain(IntStream.range(from, to).toArray(), places, cached, capacity);
      float[] out = state.run(Arrays.copyOfRange(hidden, from * width, to * width), step);
      System.arraycopy(out, 0, all, from * width, out.length);
      IntStream.of(places).forEach(cached::set);
    }
    return all;
  }
}
