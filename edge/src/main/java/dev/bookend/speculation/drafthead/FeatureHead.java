package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.EagleLayer;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.Step;
import java.util.List;

/**
 * A head of EAGLE-1 or EAGLE-2 with the parts of the model that it works with: the final norm,
 * which makes its features, and the LM head, which makes tokens of what it puts out.
 */
final class FeatureHead implements EagleDraftHead {
  private final EagleHead files;
  private final OutputHead output;
  private final Decoder decoder;
  private final EagleLayer layer;
  private final Shortlist shortlist;

  /**
   * Loads a head.
   *
   * @param files whose checkpoint is closed with this
   * @param decoder of that checkpoint, closed with this
   * @param output the model's; stays open until this is closed
   * @param shortlist the tokens that may be proposed, besides those of the text; closed with this
   */
  FeatureHead(EagleHead files, Decoder decoder, OutputHead output, Shortlist shortlist) {
    this.files = files;
    this.output = output;
    this.decoder = decoder;
    this.layer = decoder.eagleLayer();
    this.shortlist = shortlist;
  }

  @Override
  public String fingerprint() {
    return files.checkpoint().fingerprint();
  }

  @Override
  public List<Integer> taps() {
    return files.taps();
  }

  @Override
  public KvCache newCache() {
    return layer.newCache();
  }

  @Override
  public NDArray features(List<NDArray> tapped) {
    return output.normed(tapped.get(0));
  }

  @Override
  public NDArray run(NDArray embedded, NDArray features, Step step, KvCache cache) {
    return layer.forward(embedded, features, step, cache);
  }

  @Override
  public Vocabulary newVocabulary() {
    return EagleDraftHead.listed(shortlist);
  }

  @Override
  public void close() {
    shortlist.close();
    layer.close();
    decoder.close();
    files.checkpoint().close();
  }
}
