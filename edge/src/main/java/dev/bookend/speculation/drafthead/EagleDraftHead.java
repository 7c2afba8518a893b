package dev.bookend.speculation.drafthead;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.EagleLayer;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;

/**
 * A published EAGLE head with the parts of the model that it works with: the final norm, which
 * makes its features, and the LM head, which makes tokens of what it puts out. Serves all sessions
 * of a model; safe for use by several threads. H is the width of the hidden states, T a number of
 * tokens.
 */
public final class EagleDraftHead implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final OutputHead output;
  private final Decoder decoder;
  private final EagleLayer layer;
  private final Shortlist shortlist;

  /**
   * Loads a head.
   *
   * @param checkpoint closed with this
   * @param device where to compute
   * @param type what weights are held in
   * @param output the model's; stays open until this is closed
   * @param tokens that may be proposed, besides those of the text
   */
  EagleDraftHead(
      Checkpoint checkpoint, Device device, WeightType type, OutputHead output, int[] tokens) {
    this.checkpoint = checkpoint;
    this.output = output;
    this.decoder = Decoder.open(checkpoint, device, type);
    this.layer = decoder.eagleLayer();
    this.shortlist = output.shortlist(tokens);
  }

  /** Identifies the weights. */
  String fingerprint() {
    return checkpoint.fingerprint();
  }

  /** The tokens that may be proposed, besides those of the text. */
  Shortlist shortlist() {
    return shortlist;
  }

  /** An empty cache for a new session. */
  KvCache newCache() {
    return layer.newCache();
  }

  /**
   * The features of tokens.
   *
   * @param upper FP32 [T,H]: the upper layers' output for them
   * @return FP32 [T,H]
   */
  NDArray features(NDArray upper) {
    return output.normed(upper);
  }

  /** As {@link EagleLayer#forward}. */
  NDArray run(NDArray embedded, NDArray features, Step step, KvCache cache) {
    return layer.forward(embedded, features, step, cache);
  }

  @Override
  public void close() {
    shortlist.close();
    layer.close();
    decoder.close();
    checkpoint.close();
  }
}
