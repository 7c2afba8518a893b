package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class DecorrelationTest {
  /** The identity's columns have exactly the identity as their covariance. */
  @Property(tries = 30)
  void columnsGetTheInverseAsTheirCovariance(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int width) {
    Random random = new Random(seed);
    float[] numbers = new float[width * width];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(1), Device.cpu(), WeightType.F32);
        NDManager scope = decoder.newScope()) {
      NDArray square = scope.create(numbers, new Shape(width, width));
      NDArray identity = scope.eye(width);
      NDArray covariance = square.matMul(square.transpose()).add(identity);
      NDArray columns = decoder.decorrelate(scope, covariance, identity);
      NDArray product = columns.matMul(columns.transpose()).matMul(covariance);
      assertArrayEquals(identity.toFloatArray(), product.toFloatArray(), 1e-3f);
    }
  }
}
