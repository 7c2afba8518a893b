package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * A linear map with a constant, whose matrix is held as those of the model's layers are. Safe for
 * use by several threads.
 */
public final class LinearMap implements AutoCloseable {
  private final PtNDManager manager;
  private final DecoderScript script;
  private final IValue matrix;
  private final IValue constant;

  /**
   * @param map FP32 [P+1,Q]: a row for each input, and one for a constant 1; copied
   */
  LinearMap(PtNDManager parent, Weights weights, NDArray map) {
    manager = parent.newSubManager(parent.getDevice());
    script = weights.script();
    long inputs = map.getShape().get(0) - 1;
    try (NDArray rows = map.get("0:" + inputs);
        NDArray columns = transposed(rows);
        NDArray last = map.get(inputs)) {
      PtNDArray[] copies = weights.copies(manager, List.of(columns, last));
      matrix = IValue.from(copies[0]);
      constant = IValue.from(copies[1]);
    }
  }

  /** With its numbers in the order that they have then, which integers are made from. */
  private static NDArray transposed(NDArray matrix) {
    try (NDArray turned = matrix.transpose();
        NDArray numbers = ComputeThread.run(turned::flatten)) {
      return numbers.reshape(turned.getShape());
    }
  }

  /**
   * Maps rows.
   *
   * @param rows FP32 [T,P]
   * @return FP32 [T,Q], attached to the manager of {@code rows}
   */
  public NDArray apply(NDArray rows) {
    try (IValue x = IValue.from((PtNDArray) rows);
        IValue result = script.run("map", x, matrix, constant)) {
      return result.toTensor((PtNDManager) rows.getManager());
    }
  }

  @Override
  public void close() {
    matrix.close();
    constant.close();
    manager.close();
  }
}
