package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam (Kingma and Ba 2015), as {@code distillation.torchscript} has it: what is learned changes
 * step by step, in place. Not thread-safe.
 */
final class Descent {
  private static final double BETA1 = 0.9; // as in the script
  private static final double BETA2 = 0.95;

  private final DecoderScript script;
  private final List<NDArray> learned;
  private final List<NDArray> moments = new ArrayList<>();
  private int steps;

  /**
   * A descent from where the arrays are now.
   *
   * @param manager owns what this keeps
   * @param learned FP32, changed in place
   */
  Descent(NDManager manager, DecoderScript script, List<NDArray> learned) {
    this.script = script;
    this.learned = List.copyOf(learned);
    for (int i = 0; i < 2 * learned.size(); i++) {
      moments.add(manager.zeros(learned.get(i % learned.size()).getShape()));
    }
  }

  /** What is learned: these very arrays. */
  List<NDArray> learned() {
    return learned;
  }

  /**
   * Makes one step.
   *
   * @param method of the script
   * @param arguments what the method takes before the rates, what is learned and the moments;
   *     changed
   * @param rates one for each learned array; changed
   * @return the loss before the step
   * @throws BookendException if that is no finite number
   */
  float step(String method, NDList arguments, float[] rates) {
    steps++;
    double scale = Math.sqrt(1 - Math.pow(BETA2, steps)) / (1 - Math.pow(BETA1, steps));
    for (int i = 0; i < rates.length; i++) {
      rates[i] *= (float) scale;
    }
    arguments.add(arguments.get(0).getManager().create(rates));
    addAll(arguments, "learned[]", learned);
    addAll(arguments, "moments[]", moments);
    float loss = script.runWithGradients(method, arguments).singletonOrThrow().getFloat();
    if (!Float.isFinite(loss)) {
      throw new BookendException(
          ErrorCode.TRAINING_DIVERGED,
          "the draft head's training ended in values that are not finite numbers; the model is"
              + " damaged, or its layers must be computed in FP32");
    }
    return loss;
  }

  /**
   * Tries what has been learned, and changes nothing.
   *
   * @param method of the script
   * @param arguments what the method takes before what is learned; changed
   * @return what the method returns
   */
  float[] attempt(String method, NDList arguments) {
    addAll(arguments, "learned[]", learned);
    return script.runWithGradients(method, arguments).singletonOrThrow().toFloatArray();
  }

  /** Adds a list, which a script takes as one argument. */
  static void addAll(NDList arguments, String name, List<NDArray> list) {
    list.forEach(array -> array.setName(name));
    arguments.addAll(list);
  }
}
