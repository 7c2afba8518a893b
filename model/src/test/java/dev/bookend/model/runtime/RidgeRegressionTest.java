package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A fit finds the map that the rows were made with. */
class RidgeRegressionTest {
  private static float[] numbers(Random random, int count, double scale) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (scale * random.nextGaussian());
    }
    return numbers;
  }

  @Property(tries = 30)
  void aFitRecoversAKnownLinearMapHoweverTheRowsCome(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int inputs,
      @ForAll @IntRange(min = 1, max = 8) int outputs,
      @ForAll @IntRange(min = 1, max = 40) int rowsAtOnce) {
    Random random = new Random(seed);
    float[] map = numbers(random, (inputs + 1) * outputs, 1);
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(1), Device.cpu(), WeightType.F32);
        RidgeRegression regression = decoder.regression(inputs, outputs);
        NDManager scope = decoder.newScope()) {
      NDArray truth = scope.create(map, new Shape(inputs + 1, outputs));
      while (regression.rows() < 60) {
        try (NDManager rows = regression.newScope()) {
          NDArray x =
              rows.create(numbers(random, rowsAtOnce * inputs, 1), new Shape(rowsAtOnce, inputs));
          NDArray y = x.matMul(truth.get("0:" + inputs)).add(truth.get(inputs));
          regression.add(x, y);
        }
      }
      NDArray fit = regression.fit(scope, 1e-6);
      assertEquals(truth.getShape(), fit.getShape());
      assertArrayEquals(map, fit.toFloatArray(), 1e-3f);
    }
  }

  /** How strongly a weight is drawn to zero does not depend on the unit of its input. */
  @Property(tries = 10)
  void theScaleOfAnInputDoesNotMatter(@ForAll long seed) {
    Random random = new Random(seed);
    int rows = 30;
    float[] inputs = numbers(random, rows * 2, 1);
    float[] scaled = inputs.clone();
    for (int row = 0; row < rows; row++) {
      scaled[2 * row] *= 1000;
    }
    float[] outputs = numbers(random, rows, 1);
    float[] weights = fit(inputs, outputs);
    float[] expected = fit(scaled, outputs);
    expected[0] *= 1000;
    assertArrayEquals(expected, weights, 1e-4f);
  }

  private static float[] fit(float[] inputs, float[] outputs) {
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(1), Device.cpu(), WeightType.F32);
        RidgeRegression regression = decoder.regression(2, 1);
        NDManager scope = decoder.newScope()) {
      regression.add(
          scope.create(inputs, new Shape(outputs.length, 2)),
          scope.create(outputs, new Shape(outputs.length, 1)));
      return regression.fit(scope, 10).toFloatArray();
    }
  }
}
