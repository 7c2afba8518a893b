package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;

/**
 * Linear regression over rows that come one after the other. Keeps sums over them instead of the
 * rows, so that neither its memory nor the time for a fit grows with their number.
 *
 * <p>Not thread-safe.
 */
public final class RidgeRegression implements AutoCloseable {
  private final PtNDManager manager;
  private final DecoderScript script;
  private final PtNDArray gram;
  private final PtNDArray cross;
  private long rows;

  RidgeRegression(PtNDManager parent, DecoderScript script, int inputs, int outputs) {
    this.manager = parent.newSubManager(parent.getDevice());
    this.script = script;
    this.gram = zeros(inputs + 1, inputs + 1);
    this.cross = zeros(inputs + 1, outputs);
  }

  private PtNDArray zeros(int height, int width) {
    return (PtNDArray)
        ComputeThread.run(() -> manager.zeros(new Shape(height, width), DataType.FLOAT64));
  }

  /** A scope for the rows that are added; closed by the caller. */
  public NDManager newScope() {
    return manager.newSubManager(manager.getDevice());
  }

  /** How many rows it has seen. */
  public long rows() {
    return rows;
  }

  /**
   * Adds rows.
   *
   * @param inputs FP32 [T,inputs]
   * @param outputs FP32 [T,outputs]
   */
  public void add(NDArray inputs, NDArray outputs) {
    try (IValue x = IValue.from((PtNDArray) inputs);
        IValue y = IValue.from((PtNDArray) outputs);
        IValue squares = IValue.from(gram);
        IValue products = IValue.from(cross)) {
      script.runHere("accumulate", x, y, squares, products).close();
    }
    rows += inputs.getShape().get(0);
  }

  /**
   * The weights with the least squared error.
   *
   * @param ridge how strongly they are drawn to zero: as strongly as so many rows would
   * @return FP32 [inputs + 1, outputs], a row for each input and the last one for a constant 1;
   *     attached to {@code scope}
   */
  public NDArray fit(NDManager scope, double ridge) {
    try (IValue squares = IValue.from(gram);
        IValue products = IValue.from(cross);
        IValue share = IValue.from(ridge / rows);
        IValue result = script.runHere("solve", squares, products, share)) {
      return result.toTensor((PtNDManager) scope);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
