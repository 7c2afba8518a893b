package dev.bookend.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Whether this processor and this build of PyTorch multiply integers without loss. Kernels for some
 * processors add up in 16 bits, which overflow; some builds have no such kernels. Takes
 * milliseconds.
 *
 * @param most largest number of a row of activations, with which its scale is 1, or nearly
 * @param tolerance how far a product may be off, as a share of it; 0: not at all
 */
record IntegerProductCheck(PtNDManager manager, DecoderScript script, int most, double tolerance) {
  private static final int ROWS = 40;
  private static final int WIDTH = 192;
  private static final int TOKENS = 33;

  /** Numbers of tokens that are multiplied together. */
  private static final int[] STEPS = {1, 2, 3, 5, 8, 16, TOKENS};

  /**
   * Compares products with those of Java.
   *
   * @throws BookendException if there are none, or they differ
   */
  void require() {
    try {
      if (!isPassed()) {
        throw unavailable("this processor does not multiply integers exactly", null);
      }
    } catch (EngineException e) {
      throw unavailable("this build of PyTorch has no integer products for this processor", e);
    }
  }

  /**
   * Compares products with those of Java.
   *
   * @throws EngineException if there are none
   */
  boolean isPassed() {
    Random random = new Random(1);
    int[][] matrix = numbers(random, ROWS, Byte.MAX_VALUE);
    int[][] tokens = numbers(random, TOKENS, most);
    float[] expected = product(tokens, matrix);
    try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
      PtNDArray whole = script.room(scope, ROWS, WIDTH);
      PtNDArray scales = scope.create(new Shape(ROWS), DataType.FLOAT32);
      script.quantize(floats(scope, matrix), whole, scales, 0);
      DecoderScript.Matrix added = script.matrix(scope);
      added.add(whole, scales);
      try (IValue weight = IValue.from(added.handle())) {
        return IntStream.of(STEPS).allMatch(step -> isRight(scope, tokens, step, weight, expected));
      }
    }
  }

  private boolean isRight(
      PtNDManager scope, int[][] tokens, int step, IValue weight, float[] expected) {
    for (int from = 0; from < TOKENS; from += step) {
      int to = Math.min(TOKENS, from + step);
      float[] actual = multiply(scope, Arrays.copyOfRange(tokens, from, to), weight);
      for (int i = 0; i < actual.length; i++) {
        float right = expected[from * ROWS + i];
        if (!(Math.abs(actual[i] - right) <= tolerance * Math.abs(right))) { // or it is no number
          return false;
        }
      }
    }
    return true;
  }

  private static BookendException unavailable(String reason, EngineException cause) {
    return new BookendException(
        ErrorCode.WEIGHT_TYPE_UNAVAILABLE, "INT8 weights cannot be used: " + reason, cause);
  }

  /** Rows of numbers up to a largest one; the first are nothing but that one, of either sign. */
  private static int[][] numbers(Random random, int rows, int most) {
    int[][] numbers = new int[rows][WIDTH];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < WIDTH; i++) {
        numbers[row][i] =
            switch (row) {
              case 0 -> most;
              case 1 -> -most;
              case 2 -> i % 2 == 0 ? most : -most;
              default -> i == 0 ? most : random.nextInt(2 * most + 1) - most;
            };
      }
    }
    return numbers;
  }

  private static float[] product(int[][] tokens, int[][] matrix) {
    float[] product = new float[tokens.length * matrix.length];
    for (int i = 0; i < product.length; i++) {
      long sum = 0;
      for (int k = 0; k < WIDTH; k++) {
        sum += (long) tokens[i / matrix.length][k] * matrix[i % matrix.length][k];
      }
      product[i] = sum;
    }
    return product;
  }

  private static PtNDArray floats(PtNDManager scope, int[][] numbers) {
    float[] values = new float[numbers.length * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers[i / WIDTH][i % WIDTH];
    }
    return (PtNDArray) scope.create(values, new Shape(numbers.length, WIDTH));
  }

  private float[] multiply(PtNDManager scope, int[][] tokens, IValue weight) {
    try (IValue x = IValue.from(floats(scope, tokens));
        IValue result = script.run("linear", x, weight)) {
      return result.toTensor(scope).toFloatArray();
    }
  }
}
