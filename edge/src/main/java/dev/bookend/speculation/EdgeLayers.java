package dev.bookend.speculation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import java.nio.ByteBuffer;

/**
 * A session's layers on this machine, and what they and the middle layers have put out for its
 * cached tokens: for drafters that compute with them. Cached tokens are those whose keys and values
 * are in the session's caches: all of the text but its last token. What is run here leaves the
 * session as it was. H is the width of the hidden states, T a number of tokens. Not thread-safe.
 */
public interface EdgeLayers {
  /** Width H of the hidden states. */
  int hiddenSize();

  /** Number of cached tokens. */
  int length();

  /** Output of the lower layers for the cached tokens [from,to): FP32 [to - from,H]. */
  ByteBuffer lowerOutput(int from, int to);

  /** Output of the middle layers for the cached tokens [from,to): FP32 [to - from,H]. */
  ByteBuffer middleOutput(int from, int to);

  /**
   * Output of the upper layers for the cached tokens [from,to), before the final norm: FP32 [to -
   * from,H].
   *
   * @throws IllegalStateException if no drafter has {@link Drafter#readsUpperOutput} said that it
   *     reads this
   */
  ByteBuffer upperOutput(int from, int to);

  /**
   * The embeddings of tokens: FP32 [T,H].
   *
   * @param scope owns the result
   */
  NDArray embed(NDManager scope, int... tokens);

  /** A scope for the tensors of one draft; closing it frees them. */
  NDManager newScope();

  /**
   * Runs a tree of tokens behind the cached ones through the lower layers, or the part of it that
   * has not been run yet.
   *
   * @param scope owns the result
   * @param tree of T tokens
   * @param from index of the first token to run; the tokens before it are those of the last call
   * @return FP32 [T - from,H]
   * @throws IllegalStateException if the session waits for a step's tokens to be accepted
   */
  NDArray lower(NDManager scope, TokenTree tree, int from);

  /**
   * Runs the same tree through the upper layers.
   *
   * @param middle FP32 [T - from,H]: what takes the place of the middle layers' output
   * @return FP32 [T - from,H]
   */
  NDArray upper(NDArray middle, TokenTree tree);

  /**
   * Runs the same tree through a layer that is not one of the model's.
   *
   * @param cache the layer's own keys and values for this session
   * @param hidden FP32 [T - from,H]
   * @return FP32 [T - from,H]
   */
  NDArray run(DecoderRange layer, KvCache cache, NDArray hidden, TokenTree tree);

  /**
   * Puts the cached tokens [from,to) into the cache of such a layer, behind the tokens before them.
   *
   * @param hidden FP32 [to - from,H]: the layer's input for these tokens
   */
  void show(DecoderRange layer, KvCache cache, NDArray hidden, int from, int to);

  /**
   * How many of the first cached tokens stay in their cache slots; the next round trip may move
   * those behind them.
   */
  int settled();
}
