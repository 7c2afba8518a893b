package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers of INT8 matrices: to the bit the same whatever shares a step, and near FP32. */
class IntegerLayersTest {
  private static final int MOST = 64;

  /** An odd width between the matrices, so that no piece of a tensor is a whole vector. */
  private static RandomCheckpoint checkpoint() {
    return checkpoint(6, 2, 16);
  }

  private static RandomCheckpoint checkpoint(int heads, int kvHeads, int headDim) {
    return new RandomCheckpoint(
        5,
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(Trait.ATTENTION_BIAS, Trait.QUERY_KEY_NORM),
            2,
            48,
            101,
            heads,
            kvHeads,
            headDim,
            50,
            4096,
            1e-5,
            new RotaryEmbedding(List.of(1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001)),
            OptionalInt.empty(),
            Set.of(0)));
  }

  /** Slots of tokens in the order of their positions: each in its own. */
  private static final int[] IN_PLACE = IntStream.range(0, MOST).toArray();

  @ParameterizedTest
  @CsvSource({"6, 2, 16", "3, 3, 128", "4, 4, 64", "2, 2, 20", "8, 1, 80", "2, 2, 256"})
  void aTokenIsTheSameToTheBitInStepsOfEverySizeAndInEverySlot(
      int heads, int kvHeads, int headDim) {
    int[] tokens = new Random(1).ints(MOST, 0, 50).toArray();
    List<Integer> shuffled = IntStream.range(0, 500).boxed().collect(Collectors.toList());
    Collections.shuffle(shuffled, new Random(2));
    int[] anywhere = shuffled.stream().mapToInt(Integer::intValue).limit(MOST).toArray();
    RandomCheckpoint checkpoint = checkpoint(heads, kvHeads, headDim);
    try (Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.INT8);
        DecoderRange layers = decoder.range(0, 2);
        OutputHead head = decoder.outputHead()) {
      Parts parts = new Parts(decoder, layers, head);
      float[] expected = parts.logits(tokens, MOST, IN_PLACE, 64);
      for (int size = 1; size < MOST; size++) {
        assertArrayEquals(
            expected, parts.logits(tokens, size, IN_PLACE, 64), "in steps of " + size);
      }
      for (int size : new int[] {1, 7, MOST}) {
        assertArrayEquals(
            expected, parts.logits(tokens, size, anywhere, 512), "scattered, in steps of " + size);
      }
    }
  }

  private record Parts(Decoder decoder, DecoderRange layers, OutputHead head) {

    /** Logits after each token of a text that is run in steps of some size. */
    float[] logits(int[] tokens, int size, int[] slots, int capacity) {
      float[] all = new float[0];
      BitSet cached = new BitSet();
      try (KvCache cache = layers.newCache()) {
        for (int from = 0; from < tokens.length; from += size) {
          int to = Math.min(tokens.length, from + size);
          int[] positions = IntStream.range(from, to).toArray();
          int[] places = Arrays.copyOfRange(slots, from, to);
          Step step = Step.chain(positions, places, cached, capacity);
          try (NDManager scope = decoder.newScope()) {
            int[] some = Arrays.copyOfRange(tokens, from, to);
            NDArray hidden = layers.forward(decoder.embedding().embed(scope, some), step, cache);
            float[] next = head.logits(hidden).toFloatArray();
            all = Arrays.copyOf(all, all.length + next.length);
            System.arraycopy(next, 0, all, all.length - next.length, next.length);
          }
          IntStream.of(places).forEach(cached::set);
        }
      }
      return all;
    }
  }

  /** A cloud's answer that is no number is found out by that. */
  @Test
  void rowsOfZerosAndOfWhatIsNoNumberStayWhatTheyAre() {
    int width = 96;
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Weights weights = Weights.open(manager, checkpoint(), WeightType.INT8)) {
      float[] values = new float[5 * width];
      Random random = new Random(2);
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
      Arrays.fill(values, width, 2 * width, 0);
      values[2 * width + 3] = Float.NaN;
      values[3 * width + 4] = Float.POSITIVE_INFINITY;
      values[4 * width + 5] = 1e30f;
      PtNDArray matrix = (PtNDArray) manager.randomUniform(-1, 1, new Shape(7, width));
      PtNDArray kept = weights.copies(manager, List.of(matrix))[0];
      float[] product = multiply(manager, weights, values, kept);
      float[] first = multiply(manager, weights, Arrays.copyOf(values, width), kept);
      for (int i = 0; i < 7; i++) {
        assertEquals(first[i], product[i], "beside other rows");
        assertEquals(0, product[7 + i]);
        assertTrue(Float.isNaN(product[14 + i]));
        assertTrue(!Float.isFinite(product[21 + i]));
        assertTrue(Float.isFinite(product[28 + i]));
      }
    }
  }

  private static float[] multiply(
      PtNDManager manager, Weights weights, float[] values, PtNDArray matrix) {
    int width = 96;
    try (PtNDManager scope = manager.newSubManager(manager.getDevice());
        IValue x =
            IValue.from((PtNDArray) scope.create(values, new Shape(values.length / width, width)));
        IValue by = IValue.from(matrix);
        IValue result = weights.script().run("linear", x, by)) {
      return result.toTensor(scope).toFloatArray();
    }
  }

  /** A matrix that is read in pieces, and laid out in parts, is the one that is read at once. */
  @Test
  void matricesAreReadPieceByPiece() {
    RandomCheckpoint checkpoint = checkpoint();
    String table = checkpoint.config().tensors().lmHead();
    float[] states = new float[3 * 48];
    for (int i = 0; i < states.length; i++) {
      states[i] = (float) Math.sin(i);
    }
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Weights weights = Weights.open(manager, checkpoint, WeightType.INT8);
        Scratch scratch = new Scratch(manager, DataType.FLOAT32);
        IValue x = IValue.from((PtNDArray) manager.create(states, new Shape(3, 48)));
        IValue whole = IValue.from(weights.load(manager, table));
        IValue pieces = IValue.from(weights.load(manager, table, scratch, 50));
        IValue expected = weights.script().run("linear", x, whole);
        IValue actual = weights.script().run("linear", x, pieces)) {
      assertArrayEquals(
          expected.toTensor(manager).toFloatArray(), actual.toTensor(manager).toFloatArray());
    }
  }
}
