package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Eagle3Layer;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.ObservedTokens;
import java.util.List;

/** A head of EAGLE-3, which has an LM head of its own, for as many tokens as it proposes. */
final class ThreeFeatureHead implements EagleDraftHead {
  private final EagleHead files;
  private final Decoder decoder;
  private final Eagle3Layer layer;
  private final int[] targets;

  /**
   * Loads a head.
   *
   * @param files whose checkpoint is closed with this
   * @param decoder of that checkpoint, closed with this
   */
  ThreeFeatureHead(EagleHead files, Decoder decoder) {
    this.files = files;
    this.targets = files.targets();
    this.decoder = decoder;
    this.layer = decoder.eagle3Layer();
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
    return layer.features(ComputeThread.run(() -> NDArrays.concat(new NDList(tapped), 1)));
  }

  @Override
  public NDArray run(NDArray embedded, NDArray features, Step step, KvCache cache) {
    return layer.forward(embedded, features, step, cache);
  }

  @Override
  public Vocabulary newVocabulary() {
    return new Vocabulary() {
      @Override
      public void observe(ObservedTokens text) {
        // It has its own tokens, and no others.
      }

      @Override
      public List<List<Candidate>> candidates(NDArray output, int count) {
        return layer.candidates(output, Math.min(count, targets.length)).stream()
            .map(row -> row.stream().map(ThreeFeatureHead.this::target).toList())
            .toList();
      }

      @Override
      public void close() {
        // It holds nothing.
      }
    };
  }

  private Candidate target(Candidate row) {
    return new Candidate(targets[row.token()], row.probability());
  }

  @Override
  public void close() {
    layer.close();
    decoder.close();
    files.checkpoint().close();
  }
}
