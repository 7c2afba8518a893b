package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/** What hidden states travel as: what of them reaches the other side. */
public enum Wire {
  FP32 {
    @Override
    NDArray carry(NDArray states) {
      return states;
    }

    @Override
    NDArray error(NDArray states) {
      return length(states).mul(0);
    }
  },
  FP16 {
    @Override
    NDArray carry(NDArray states) {
      return states.toType(DataType.FLOAT16, true).toType(DataType.FLOAT32, true);
    }

    @Override
    NDArray error(NDArray states) {
      return length(states).mul(1.0 / 2048); // half a unit in the last of 11 bits
    }
  },
  /** A scale for each token. */
  INT8 {
    @Override
    NDArray carry(NDArray states) {
      NDArray scale = scale(states);
      return states.div(scale).round().mul(scale);
    }

    @Override
    NDArray error(NDArray states) {
      double width = Math.sqrt((double) states.getShape().get(1));
      return scale(states).squeeze(1).mul(width / 2);
    }

    private NDArray scale(NDArray states) {
      return states.abs().max(new int[] {1}, true).maximum(1e-30f).div(127);
    }
  };

  /**
   * What arrives.
   *
   * @param states FP32 [T,H]
   * @return FP32 [T,H], attached to the manager of {@code states}
   */
  abstract NDArray carry(NDArray states);

  /**
   * How far off what arrives may be at most.
   *
   * @param states FP32 [T,H] as they arrived
   * @return FP32 [T], Euclidean
   */
  abstract NDArray error(NDArray states);

  private static NDArray length(NDArray states) {
    return states.square().sum(new int[] {1}).sqrt();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
