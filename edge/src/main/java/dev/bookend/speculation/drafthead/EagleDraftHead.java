package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.ObservedTokens;
import java.util.List;

/**
 * A published EAGLE head, loaded for one model. Serves all its sessions; safe for use by several
 * threads. H is the width of the hidden states, T a number of tokens.
 */
public interface EagleDraftHead extends AutoCloseable {
  /** Identifies the weights. */
  String fingerprint();

  /** The layers whose inputs it reads, as {@link dev.bookend.speculation.Drafter#taps}. */
  List<Integer> taps();

  /** An empty cache for a new session. */
  KvCache newCache();

  /**
   * The features of tokens.
   *
   * @param tapped FP32 [T,H] for each of {@link #taps}
   * @return FP32 [T,H]
   */
  NDArray features(List<NDArray> tapped);

  /**
   * As {@link dev.bookend.model.runtime.EagleLayer#forward}.
   *
   * @return FP32 [T,H]
   */
  NDArray run(NDArray embedded, NDArray features, Step step, KvCache cache);

  /** What it may propose in a new session. */
  Vocabulary newVocabulary();

  /** What a head may propose in one session. Not thread-safe. */
  interface Vocabulary extends AutoCloseable {
    /** Takes note of the tokens of the text. */
    void observe(ObservedTokens text);

    /**
     * The most probable tokens after each token, the most probable first.
     *
     * @param output FP32 [T,H], as {@link EagleDraftHead#run} puts it out
     */
    List<List<Candidate>> candidates(NDArray output, int count);

    @Override
    void close();
  }

  @Override
  void close();

  /** The LM head of the model, for likely tokens and those of the text. */
  static Vocabulary listed(Shortlist shortlist) {
    TextShortlist tokens = new TextShortlist(shortlist);
    return new Vocabulary() {
      @Override
      public void observe(ObservedTokens text) {
        tokens.observe(text);
      }

      @Override
      public List<List<Candidate>> candidates(NDArray output, int count) {
        return tokens.current().candidatesOfNormed(output, count);
      }

      @Override
      public void close() {
        tokens.close();
      }
    };
  }
}
