package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.DecoderScript.Kind;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same model where draft tokens are computed. */
class DraftDecoderTest {
  private static final int TEXT = 20;
  private static final int DRAFTS = 6;
  private static final int SEED = 3;

  @Test
  void itsLayersGoOnFromTheCachesOfTheExactOnesAndComeNearThem() {
    double seven = error(Kind.DRAFT_7_BITS);
    double eight = error(Kind.DRAFT);
    assertTrue(eight > 0, "they are not the same layers");
    assertTrue(seven < 0.05, "relative error " + seven);
    assertTrue(eight < 0.8 * seven, "8 bits come nearer: " + eight + " instead of " + seven);
  }

  /** Root mean square of what the layers' output is off, as a share of its size. */
  private static double error(Kind kind) {
    int[] tokens = new Random(1).ints(TEXT + DRAFTS, 0, 50).toArray();
    BitSet cached = new BitSet();
    Step text = chain(0, TEXT, cached);
    cached.set(0, TEXT);
    Step drafts = chain(TEXT, TEXT + DRAFTS, cached);
    try (RandomCheckpoint checkpoint = new RandomCheckpoint(SEED);
        Decoder exact = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        Decoder fast = exact.forDrafts(kind).orElseThrow();
        DecoderRange layers = exact.range(0, 2);
        DecoderRange fastLayers = fast.range(0, 2);
        KvCache cache = layers.newCache();
        NDManager scope = exact.newScope()) {
      layers.forward(embed(exact, scope, tokens, 0, TEXT), text, cache);
      NDArray near = embed(exact, scope, tokens, TEXT, TEXT + DRAFTS);
      float[] nearly = fastLayers.forwardLast(near, drafts, cache).toFloatArray();
      float[] right = layers.forwardLast(near, drafts, cache).toFloatArray();
      double error = 0;
      double size = 0;
      for (int i = 0; i < right.length; i++) {
        error += (nearly[i] - right[i]) * (double) (nearly[i] - right[i]);
        size += right[i] * (double) right[i];
      }
      return Math.sqrt(error / size);
    }
  }

  @Test
  void itsShortlistHasTheLikeliestTokensOfTheWholeHead() {
    int[] all = IntStream.range(0, 50).toArray();
    try (RandomCheckpoint checkpoint = new RandomCheckpoint(SEED);
        Decoder exact = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        Decoder fast = exact.forDrafts().orElseThrow();
        OutputHead head = exact.outputHead();
        Shortlist list = fast.shortlist(all);
        NDManager scope = exact.newScope()) {
      NDArray hidden = exact.embedding().embed(scope, all);
      List<List<OutputHead.Candidate>> right = head.candidates(hidden, 1);
      List<List<OutputHead.Candidate>> nearly = list.candidates(hidden, 3);
      long found =
          IntStream.of(all)
              .filter(
                  row ->
                      nearly.get(row).stream()
                          .anyMatch(one -> one.token() == right.get(row).get(0).token()))
              .count();
      assertEquals(50, found, "of the most probable tokens are among the three that it has");
    }
  }

  /** They are fast already, or their caches hold numbers of another type. */
  @ParameterizedTest
  @EnumSource(value = WeightType.class, mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void otherTypesDraftWithWhatTheyHave(WeightType type) {
    try (RandomCheckpoint checkpoint = new RandomCheckpoint(SEED);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), type)) {
      assertTrue(decoder.forDrafts().isEmpty());
    }
  }

  private static Step chain(int from, int to, BitSet cached) {
    int[] places = IntStream.range(from, to).toArray();
    return Step.chain(places, places, cached, 64);
  }

  private static NDArray embed(Decoder decoder, NDManager scope, int[] tokens, int from, int to) {
    return decoder
        .embedding()
        .embed(scope, IntStream.range(from, to).map(i -> tokens[i]).toArray());
  }
}
