package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.annotations.SerializedName;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sample model, from text to its greedy answers, compared with transformers. */
class OracleIT {
  /**
   * Below this margin the order of floating-point sums may decide a choice; such choices are
   * counted.
   */
  private static final double NEAR_TIE = 1e-3;

  /** Float32 noise: a second oracle in float64 differs from the first by 7.3e-5 at most. */
  private static final double LOGIT_TOLERANCE = 3e-4;

  private static final int CAPACITY = 256;

  private record Fixture(@SerializedName("gguf_sha256") String sha256, List<Prompt> prompts) {}

  /** {@code top}: for some steps the largest logits, as pairs of token id and value. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Prompt(
      String category,
      String text,
      @SerializedName("prompt_ids") int[] promptIds,
      int[] ids,
      double[] margins,
      Map<Integer, double[][]> top) {

    /** The prompt and the answer but for its last token. */
    int[] inputs() {
      return IntStream.concat(Arrays.stream(promptIds), Arrays.stream(ids, 0, ids.length - 1))
          .toArray();
    }
  }

  private static List<Prompt> prompts;
  private static Checkpoint checkpoint;
  private static Decoder decoder;
  private static DecoderRange layers;
  private static OutputHead head;

  @BeforeAll
  static void open() throws Exception {
    Fixture fixture = Oracle.read("smollm2.json", Fixture.class);
    prompts = fixture.prompts;
    assertEquals(6, prompts.size());
    checkpoint = SampleModel.open(fixture.sha256);
    decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
    layers = decoder.range(0, decoder.config().layers());
    head = decoder.outputHead();
  }

  @AfterAll
  static void close() {
    head.close();
    layers.close();
    decoder.close();
    checkpoint.close();
  }

  @Test
  void promptsHaveTheSameTokens() {
    try (Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      for (Prompt prompt : prompts) {
        assertArrayEquals(prompt.promptIds, tokenizer.encode(prompt.text), prompt.category);
      }
    }
  }

  @Test
  void generatingGivesTheSameTokensAndLogits() {
    for (Prompt prompt : prompts) {
      Comparison comparison = new Comparison(prompt);
      try (KvCache cache = layers.newCache()) {
        int[] next = prompt.promptIds;
        int done = 0;
        for (int step = 0; step < prompt.ids.length; step++) {
          try (NDManager scope = decoder.newScope()) {
            NDArray hidden = decoder.embedding().embed(scope, next);
            hidden = layers.forward(hidden, chain(done, next.length), cache);
            NDArray last = hidden.get(new long[] {next.length - 1}).reshape(1, -1);
            comparison.check(step, head.greedy(last)[0], () -> head.logits(last).toFloatArray());
          }
          done += next.length;
          next =
              new int[] {
                prompt.ids[step]
              }; // the oracle's, so that the test goes on after a near tie
        }
      }
      comparison.report("one token at a time");
    }
  }

  /** As a verification step runs: many tokens at once. */
  @Test
  void onePassOverTheAnswerGivesTheSameTokensAndLogits() {
    for (Prompt prompt : prompts) {
      Comparison comparison = new Comparison(prompt);
      int[] inputs = prompt.inputs();
      try (KvCache cache = layers.newCache();
          NDManager scope = decoder.newScope()) {
        NDArray embedded = decoder.embedding().embed(scope, inputs);
        NDArray hidden = layers.forward(embedded, chain(0, inputs.length), cache);
        TokenChoice[] choices = head.greedy(hidden);
        for (int step = 0; step < prompt.ids.length; step++) {
          int row = prompt.promptIds.length - 1 + step;
          comparison.check(
              step,
              choices[row],
              () -> head.logits(hidden.get(new long[] {row}).reshape(1, -1)).toFloatArray());
        }
      }
      comparison.report("one pass");
    }
  }

  private static Step chain(int from, int tokens) {
    BitSet cached = new BitSet();
    cached.set(0, from);
    int[] places = IntStream.range(from, from + tokens).toArray();
    return Step.chain(places, places, cached, CAPACITY);
  }

  /** Compares each step of one answer with the oracle's and keeps the largest differences. */
  private static final class Comparison {
    private final Prompt prompt;
    private int nearTies;
    private int otherChoices;
    private double worstLogit;
    private double worstMargin;

    Comparison(Prompt prompt) {
      this.prompt = prompt;
    }

    /**
     * @param logits after this step; the oracle has them for some steps only
     */
    void check(int step, TokenChoice choice, Supplier<float[]> logits) {
      String where = prompt.category + ", step " + step;
      boolean nearTie = prompt.margins[step] < NEAR_TIE;
      nearTies += nearTie ? 1 : 0;
      if (nearTie && choice.token() != prompt.ids[step]) {
        otherChoices++;
      } else {
        assertEquals(prompt.ids[step], choice.token(), where);
        assertEquals(prompt.margins[step], choice.margin(), 2 * LOGIT_TOLERANCE, where);
        worstMargin = Math.max(worstMargin, Math.abs(prompt.margins[step] - choice.margin()));
      }
      if (!prompt.top.containsKey(step)) {
        return;
      }
      float[] actual = logits.get();
      for (double[] entry : prompt.top.get(step)) {
        float logit = actual[(int) entry[0]];
        assertEquals(entry[1], logit, LOGIT_TOLERANCE, where);
        worstLogit = Math.max(worstLogit, Math.abs(entry[1] - logit));
      }
    }

    void report(String how) {
      System.out.printf(
          "%s, %s: %d tokens, %d near ties, %d other choices there; logits differ by up to %.1e,"
              + " margins by up to %.1e%n",
          prompt.category, how, prompt.ids.length, nearTies, otherChoices, worstLogit, worstMargin);
    }
  }
}
