package dev.bookend.evaluation.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MlpTest {
  /** So small that no rectifier switches in between. */
  private static final float STEP = 1e-3f;

  /** For the loss: half the sum of the squared outputs. */
  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Mlp mlp = new Mlp(manager.newSubManager(), 5, 7, 3, 1)) {
      Random random = new Random(1);
      float[] some = new float[6 * 5];
      for (int i = 0; i < some.length; i++) {
        some[i] = (float) random.nextGaussian();
      }
      NDArray inputs = manager.create(some, new Shape(6, 5));
      List<NDArray> gradients = mlp.gradients(inputs, outputs -> outputs);
      for (int i = 0; i < gradients.size(); i++) {
        float[] expected = gradients.get(i).toFloatArray();
        for (int k = 0; k < expected.length; k++) {
          double slope = (loss(mlp, inputs, i, k, STEP) - loss(mlp, inputs, i, k, -STEP));
          assertEquals(slope / (2 * STEP), expected[k], 0.02 + 0.01 * Math.abs(expected[k]));
        }
        assertEquals(mlp.values().get(i).size(), expected.length);
      }
    }
  }

  private static double loss(Mlp mlp, NDArray inputs, int parameter, int index, float change) {
    NDArray value = mlp.values().get(parameter);
    float[] before = value.toFloatArray();
    float[] changed = before.clone();
    changed[index] += change;
    value.set(changed);
    double loss = mlp.forward(inputs).square().sum().getFloat() / 2;
    value.set(before);
    return loss;
  }
}
