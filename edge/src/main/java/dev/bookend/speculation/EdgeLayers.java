package dev.bookend.speculation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import java.nio.ByteBuffer;

/**
 * A session's layers on this machine, and what they and the middle have said of its committed
 * tokens: for drafters that guess with them. Whatever is run through them here leaves the session
 * as it was.
 */
public interface EdgeLayers {
  /** Width of the hidden states, H. */
  int hiddenSize();

  /** Number of committed tokens. */
  int length();

  /** Output of the lower layers for the committed tokens [from,to): FP32 [to - from,H]. */
  ByteBuffer lowerOutput(int from, int to);

  /** Output of the middle layers for the committed tokens [from,to): FP32 [to - from,H]. */
  ByteBuffer middleOutput(int from, int to);

  /** A scope for the tensors of one draft; closing it frees them. */
  NDManager newScope();

  /**
   * Runs a tree behind the committed tokens through the lower layers, or as much of it as has not
   * been run yet.
   *
   * @param parents index of each token's parent, smaller than its own; -1: the last committed token
   * @param from the first token to run; the tree of those before it was the last that was run
   * @return FP32 [T - from,H]
   */
  NDArray lower(NDManager scope, int[] tokens, int[] parents, int from);

  /**
   * Runs the same tree through the upper layers.
   *
   * @param middle FP32 [T - from,H]: what to take for the output of the middle
   * @return FP32 [T - from,H]
   */
  NDArray upper(NDArray middle, int[] tokens, int[] parents);

  /**
   * Runs the same tree through a layer that is not the model's.
   *
   * @param cache of this session
   * @param hidden FP32 [T - from,H]
   * @return FP32 [T - from,H]
   */
  NDArray run(DecoderRange layer, KvCache cache, NDArray hidden, int[] tokens, int[] parents);

  /**
   * Lets such a layer see the committed tokens [from,to), behind those before them.
   *
   * @param hidden FP32 [to - from,H]
   */
  void show(DecoderRange layer, KvCache cache, NDArray hidden, int from, int to);

  /**
   * How many committed tokens stay in a cache where they are; those behind them may be moved by the
   * next round trip.
   */
  int settled();
}
