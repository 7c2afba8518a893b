package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A perceptron of three layers with rectifiers between them, trained by Adam (Kingma and Ba 2015).
 * The gradients are written out, because DJL allows only one gradient collector in a process and
 * keeps every intermediate result.
 */
final class Mlp implements AutoCloseable {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;

  private final NDManager manager;
  private final List<Parameter> parameters = new ArrayList<>();
  private int steps;

  /** Weights [in,out] or a bias [out], with the moments of its gradient. */
  private record Parameter(NDArray value, NDArray mean, NDArray square) {}

  /**
   * @param manager closed with this
   */
  Mlp(NDManager manager, int inputs, int width, int outputs, long seed) {
    this.manager = manager;
    SplittableRandom random = new SplittableRandom(seed);
    int[] sizes = {inputs, width, width, outputs};
    for (int layer = 0; layer < 3; layer++) {
      double bound = Math.sqrt(6.0 / sizes[layer]);
      parameters.add(parameter(random, bound, sizes[layer], sizes[layer + 1]));
      parameters.add(parameter(random, 0, sizes[layer + 1]));
    }
  }

  private Parameter parameter(SplittableRandom random, double bound, long... shape) {
    Shape size = new Shape(shape);
    float[] values = new float[(int) size.size()];
    if (bound > 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
    }
    return new Parameter(manager.create(values, size), manager.zeros(size), manager.zeros(size));
  }

  private NDArray value(int index) {
    return parameters.get(index).value;
  }

  /** The layers' outputs for inputs [B,in], attached to their manager. */
  private List<NDArray> layers(NDArray inputs) {
    NDArray first = inputs.matMul(value(0)).addi(value(1)).maximum(0);
    NDArray second = first.matMul(value(2)).addi(value(3)).maximum(0);
    return List.of(inputs, first, second, second.matMul(value(4)).addi(value(5)));
  }

  /** [B,in] to [B,out]. */
  NDArray forward(NDArray inputs) {
    return layers(inputs).get(3);
  }

  /** The derivative of a loss by the outputs [B,out], of the same shape. */
  interface Slope {
    NDArray of(NDArray outputs);
  }

  /** One step of Adam down a loss. */
  void step(NDArray inputs, Slope slope, float rate) {
    List<NDArray> gradients = gradients(inputs, slope);
    steps++;
    float scale =
        (float) (rate * Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps)));
    for (int i = 0; i < gradients.size(); i++) {
      NDArray gradient = gradients.get(i);
      Parameter p = parameters.get(i);
      p.mean.muli(BETA1).addi(gradient.mul(1 - BETA1));
      p.square.muli(BETA2).addi(gradient.square().muli(1 - BETA2));
      // Otherwise these arrays would stay allocated until the parameters are closed.
      try (NDArray root = p.square.sqrt();
          NDArray change = p.mean.div(root.addi(1e-8f))) {
        p.value.subi(change.muli(scale));
      }
    }
  }

  /** The gradient of each parameter, in their order. */
  List<NDArray> gradients(NDArray inputs, Slope slope) {
    List<NDArray> layers = layers(inputs);
    List<NDArray> gradients = new ArrayList<>();
    NDArray back = slope.of(layers.get(3));
    for (int layer = 2; layer >= 0; layer--) {
      NDArray before = layers.get(layer);
      gradients.add(0, back.sum(new int[] {0}));
      gradients.add(0, before.transpose().matMul(back));
      if (layer > 0) {
        NDArray active = before.gt(0).toType(DataType.FLOAT32, false);
        try (NDArray weights = value(2 * layer).transpose()) {
          back = back.matMul(weights).muli(active);
        }
      }
    }
    return gradients;
  }

  /** A parameter's values, which may be changed: for tests of the gradients. */
  List<NDArray> values() {
    return parameters.stream().map(Parameter::value).toList();
  }

  @Override
  public void close() {
    manager.close();
  }
}
