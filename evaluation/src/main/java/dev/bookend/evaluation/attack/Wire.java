package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;

/** What hidden states travel as: what of them reaches the other side. */
public enum Wire {
  FP32 {
    @Override
    NDArray carry(NDArray states) {
      return states;
    }
  },
  FP16 {
    @Override
    NDArray carry(NDArray states) {
      return states.toType(DataType.FLOAT16, true).toType(DataType.FLOAT32, true);
    }
  },
  /** A scale for each token. */
  INT8 {
    @Override
    NDArray carry(NDArray states) {
      return rounded(states, 127);
    }
  },
  /** A scale for each block of 32 numbers of a token, or of as many as H can be divided into. */
  INT4 {
    @Override
    NDArray carry(NDArray states) {
      Shape shape = states.getShape();
      long block = 32;
      while (shape.get(1) % block != 0) {
        block /= 2;
      }
      return rounded(states.reshape(-1, block), 7).reshape(shape);
    }
  };

  /**
   * What arrives.
   *
   * @param states FP32 [T,H]
   * @return FP32 [T,H], attached to the manager of {@code states}
   */
  abstract NDArray carry(NDArray states);

  private static NDArray rounded(NDArray rows, int steps) {
    NDArray scale = rows.abs().max(new int[] {1}, true).maximum(1e-30f).div(steps);
    return rows.div(scale).round().mul(scale);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
