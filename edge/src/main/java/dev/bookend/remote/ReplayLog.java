package dev.bookend.remote;

import dev.bookend.model.runtime.Step;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;

/**
 * All that the cloud needs to rebuild its KV cache after it has lost a sequence: the lower layers'
 * hidden states of the tokens that are cached there, 4 x H bytes a token, and their slots. A
 * token's position is its index here. Not thread-safe.
 */
public final class ReplayLog {
  private final HiddenStateLog hidden;
  private final CachedSlots slots;
  private final IntUnaryOperator stepSize;

  /**
   * @param hiddenSize width of the hidden states, H
   * @param window the model's sliding window in tokens; empty: it has none
   * @param stepSize the number of tokens that a step must have to hold so many
   */
  public ReplayLog(int hiddenSize, OptionalInt window, IntUnaryOperator stepSize) {
    this.hidden = new HiddenStateLog(Math.multiplyExact(hiddenSize, Float.BYTES));
    this.slots = new CachedSlots(window);
    this.stepSize = stepSize;
  }

  /** Number of tokens. */
  int length() {
    return slots.length();
  }

  /**
   * Appends a token of a step.
   *
   * @param states the lower layers' output for the step: FP32 [T,H]
   */
  void append(ByteBuffer states, Step step, int token) {
    int position = step.positions().getInt(token * Integer.BYTES);
    if (position != length()) {
      throw new IllegalArgumentException(
          "position " + position + " is cached where position " + length() + " comes next");
    }
    slots.add(step.slot(token));
    hidden.append(states, token);
  }

  /** Forgets all tokens from {@code newLength} on. */
  void truncate(int newLength) {
    slots.truncate(newLength);
    hidden.truncate(newLength);
  }

  /** The lower layers' output for the tokens [from,to): FP32 [to - from,H]. */
  ByteBuffer hidden(int from, int to) {
    return hidden.rows(from, to);
  }

  /**
   * Steps that write all tokens into an empty cache. Where a step must have more tokens than are
   * left, it runs some of those before once more, which writes the same values to the same slots.
   *
   * @param mostTokens most tokens of a step
   * @param capacity of the steps; no more than that of the step that follows them, for the capacity
   *     of a sequence never shrinks
   */
  List<Step> steps(int mostTokens, int capacity) {
    List<Step> steps = new ArrayList<>();
    for (int from = 0; from < length(); ) {
      int count = Math.min(Math.min(length() - from, mostTokens), slots.longestStep(from));
      int to = from + count;
      int size = stepSize.applyAsInt(count);
      if (count < size && size <= mostTokens) {
        from = Math.max(0, to - size);
      }
      steps.add(slots.step(from, to, capacity));
      from = to;
    }
    return steps;
  }
}
