package dev.bookend.session;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * The layers of a session as drafters see them. Drafts see the session's own caches and are written
 * to slots that are free there; nothing sees what is in a free slot, and the step that is given it
 * next writes over it.
 *
 * @param isVerified whether a tree has been verified and no branch of it committed yet: it lies in
 *     free slots, which are not for drafts then
 * @param misplaced how many of the last committed tokens the next step moves
 */
record DraftLayers(
    SplitModel model,
    SlotTable slots,
    KvCache lowerCache,
    KvCache upperCache,
    HiddenStateLog lowerLog,
    HiddenStateLog middleLog,
    BooleanSupplier isVerified,
    IntSupplier misplaced)
    implements EdgeLayers {

  @Override
  public int hiddenSize() {
    return model.config().hiddenSize();
  }

  @Override
  public int length() {
    return slots.length();
  }

  @Override
  public ByteBuffer lowerOutput(int from, int to) {
    return lowerLog.rows(from, to);
  }

  @Override
  public ByteBuffer middleOutput(int from, int to) {
    return middleLog.rows(from, to);
  }

  @Override
  public NDManager newScope() {
    return model.newScope();
  }

  private Step step(int[] tokens, int[] parents) {
    if (isVerified.getAsBoolean()) {
      throw new IllegalStateException("a draft would overwrite a tree that is not committed yet");
    }
    return slots.tryOut(new TokenTree(tokens, parents));
  }

  @Override
  public NDArray lower(NDManager scope, int[] tokens, int[] parents, int from) {
    int[] rest = Arrays.copyOfRange(tokens, from, tokens.length);
    NDArray embedded = model.embedding().embed(scope, rest);
    return model.lower().forwardLast(embedded, step(tokens, parents), lowerCache);
  }

  @Override
  public NDArray upper(NDArray middle, int[] tokens, int[] parents) {
    return model.upper().forwardLast(middle, step(tokens, parents), upperCache);
  }

  @Override
  public NDArray run(
      DecoderRange layer, KvCache cache, NDArray hidden, int[] tokens, int[] parents) {
    return layer.forwardLast(hidden, step(tokens, parents), cache);
  }

  @Override
  public void show(DecoderRange layer, KvCache cache, NDArray hidden, int from, int to) {
    layer.forward(hidden, slots.again(from, to, slots.capacity()), cache).close();
  }

  @Override
  public int settled() {
    return slots.length() - misplaced.getAsInt();
  }
}
