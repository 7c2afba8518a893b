package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FP32 computed by matrices that are kept in FP16, where that does not change them. */
class HalvesTest {
  private static final String TABLE = "model.embed_tokens.weight";
  private static final int TOKENS = 64;
  private static final int WIDTH = 512;
  private static final int WHOLE = 1 << 30;
  private static final int PARTS = 10_000;

  private final PtNDManager manager =
      (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");

  @AfterEach
  void close() {
    manager.close();
  }

  /** A model as wide as the kernel's blocks, rounded to BF16 but for a row of one matrix. */
  private static Checkpoint rounded(String unlike) {
    return new RoundedCheckpoint(new RandomCheckpoint(7, WIDTH), unlike);
  }

  /** Loaded whole, and in parts of a few rows. */
  @ParameterizedTest
  @ValueSource(ints = {WHOLE, PARTS})
  void numbersOf8BitsAreKeptInFp16AndAddUpInFp32(int piece) {
    try (Checkpoint checkpoint = rounded("")) {
      assertEquals(0, dimensionOfWhatMultipliesRight(checkpoint, piece));
    }
  }

  /** The rows that come before it are kept by then. */
  @ParameterizedTest
  @ValueSource(ints = {WHOLE, PARTS})
  void oneRowOf24BitsKeepsTheMatrixInFp32(int piece) {
    try (Checkpoint checkpoint = rounded(TABLE)) {
      assertEquals(2, dimensionOfWhatMultipliesRight(checkpoint, piece));
    }
  }

  @Test
  void modelsOf24BitsAndNarrowOnesAreHeldInFp32() {
    for (Checkpoint checkpoint :
        List.of(
            new RandomCheckpoint(7, WIDTH),
            new RoundedCheckpoint(new RandomCheckpoint(7, 2 * WIDTH / 3 - 1), ""))) {
      try (checkpoint;
          Weights weights = Weights.open(manager, checkpoint, WeightType.F32)) {
        assertFalse(weights.script().packsHalves());
      }
    }
  }

  @Test
  void whatIsGivenAsNumbersStaysAsItIs() {
    try (Checkpoint checkpoint = rounded("");
        Weights weights = open(checkpoint);
        NDArray matrix = manager.ones(new Shape(8, WIDTH))) {
      weights.copies(manager, List.of(matrix));
      assertEquals(1, matrix.getFloat(3, 5));
    }
  }

  /** Also with columns beyond one block. */
  @ParameterizedTest
  @ValueSource(ints = {WIDTH, 5 * WIDTH / 2})
  void stepsOfAllSizesGiveTheSameBits(int width) {
    try (Checkpoint checkpoint = new RoundedCheckpoint(new RandomCheckpoint(7, width), "");
        Weights weights = open(checkpoint)) {
      PtNDArray matrix = weights.load(manager, TABLE);
      int rows = (int) checkpoint.shape(TABLE)[0];
      float[] x = numbers(TOKENS * width);
      float[] all = multiply(weights, x, matrix);
      for (int tokens = 1; tokens < TOKENS; tokens++) {
        assertArrayEquals(
            Arrays.copyOf(all, tokens * rows),
            multiply(weights, Arrays.copyOf(x, tokens * width), matrix),
            tokens + " tokens");
      }
    }
  }

  private Weights open(Checkpoint checkpoint) {
    Weights weights = Weights.open(manager, checkpoint, WeightType.F32);
    assumeTrue(weights.script().packsHalves(), "this processor has no such products");
    return weights;
  }

  /** 0 of a matrix in FP16, which the script has under a number; 2 of one in FP32. */
  private int dimensionOfWhatMultipliesRight(Checkpoint checkpoint, int piece) {
    try (Weights weights = open(checkpoint);
        Scratch scratch = new Scratch(manager, DataType.FLOAT32)) {
      PtNDArray matrix = weights.load(manager, TABLE, scratch, piece);
      int width = checkpoint.config().hiddenSize();
      float[] x = numbers(TOKENS * width);
      float[] product = multiply(weights, x, matrix);
      FloatBuffer table = checkpoint.read(TABLE, FloatType.F32).asFloatBuffer();
      int rows = table.remaining() / width;
      for (int i = 0; i < product.length; i++) {
        double sum = 0;
        for (int k = 0; k < width; k++) {
          sum += (double) x[i / rows * width + k] * table.get(i % rows * width + k);
        }
        assertEquals(sum, product[i], 1e-4, "token " + i / rows + ", row " + i % rows);
      }
      return matrix.getShape().dimension();
    }
  }

  private static float[] numbers(int count) {
    Random random = new Random(3);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private float[] multiply(Weights weights, float[] x, PtNDArray matrix) {
    int width = weights.config().hiddenSize();
    try (PtNDManager scope = manager.newSubManager(Device.cpu());
        IValue rows = IValue.from((PtNDArray) scope.create(x, new Shape(x.length / width, width)));
        IValue with = IValue.from(matrix);
        IValue result = weights.script().run("linear", rows, with)) {
      return result.toTensor(scope).toFloatArray();
    }
  }
}
