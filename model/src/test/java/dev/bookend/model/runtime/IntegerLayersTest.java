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
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Layers of INT8 matrices: to the bit the same whatever shares a step, and near FP32. */
class IntegerLayersTest {
  private static final int MOST = 64;

  /** An odd width between the matrices, so that no piece of a tensor is a whole vector. */
  private static RandomCheckpoint checkpoint() {
    return new RandomCheckpoint(
        5,
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(Trait.ATTENTION_BIAS, Trait.QUERY_KEY_NORM),
            2,
            48,
            101,
            6,
            2,
            16,
            50,
            4096,
            1e-5,
            new RotaryEmbedding(List.of(1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001)),
            OptionalInt.empty(),
            Set.of(0)));
  }

  @Test
  void aTokenIsTheSameToTheBitInStepsOfEverySize() {
    int[] tokens = new Random(1).ints(MOST, 0, 50).toArray();
    try (Decoder decoder = Decoder.open(checkpoint(), Device.cpu(), WeightType.INT8);
        DecoderRange layers = decoder.range(0, 2);
        OutputHead head = decoder.outputHead()) {
      float[] expected = logits(decoder, layers, head, tokens, MOST, 64);
      for (int size = 1; size < MOST; size++) {
        float[] actual = logits(decoder, layers, head, tokens, size, 64);
        assertArrayEquals(expected, actual, "in steps of " + size);
      }
      assertArrayEquals(
          expected, logits(decoder, layers, head, tokens, 1, 512), "among more slots");
    }
  }

  /** Logits after each token of a text that is run in steps of some size. */
  private static float[] logits(
      Decoder decoder, DecoderRange layers, OutputHead head, int[] tokens, int size, int slots) {
    float[] all = new float[0];
    try (KvCache cache = layers.newCache()) {
      for (int from = 0; from < tokens.length; from += size) {
        int to = Math.min(tokens.length, from + size);
        BitSet cached = new BitSet();
        cached.set(0, from);
        int[] positions = IntStream.range(from, to).toArray();
        Step step = Step.chain(positions, positions, cached, slots);
        try (NDManager scope = decoder.newScope()) {
          NDArray embedded = decoder.embedding().embed(scope, Arrays.copyOfRange(tokens, from, to));
          float[] some = head.logits(layers.forward(embedded, step, cache)).toFloatArray();
          int before = all.length;
          all = Arrays.copyOf(all, before + some.length);
          System.arraycopy(some, 0, all, before, some.length);
        }
      }
    }
    return all;
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
