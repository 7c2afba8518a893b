package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.EagleLayer;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.CheckpointFiles;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tiny EAGLE heads of every layout, from their files to hidden states and logits, compared with
 * NumPy. The fixtures are the directories under {@code oracle/eagle}.
 */
class EagleHeadsTest {
  private static final float TOLERANCE = 1e-4f;
  private static final int VOCABULARY = 100;
  private static final int CAPACITY = 64;

  /**
   * @param ids of the text
   * @param root the token that follows it
   * @param upper the model's last hidden states for the text
   * @param hidden what the head puts out for each token of the text and the token after it
   * @param logits after the root
   * @param nodes below the root: its two likeliest children, and one below the first
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Expected(
      String base,
      int[] ids,
      int root,
      float[][] upper,
      float[][] features,
      float[][] hidden,
      float[] logits,
      List<Node> nodes) {

    static Expected of(String head) throws Exception {
      return Oracle.read("eagle/" + head + "/expected.json", Expected.class);
    }

    int[] next() {
      return IntStream.concat(Arrays.stream(ids).skip(1), IntStream.of(root)).toArray();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Node(int token, int parent, float[] hidden, float[] logits) {}

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama3", "qwen2", "mistral", "normed"})
  void theHeadPutsOutWhatTheReferenceDoes(String name) throws Exception {
    check(name, WeightType.F32, TOLERANCE);
  }

  /** Weights in 16 or 8 bits give nearly the same. */
  @ParameterizedTest
  @CsvSource({"normed,BF16", "mistral,INT8"})
  void otherWeightTypesGiveNearlyThat(String name, WeightType type) throws Exception {
    check(name, type, 0.1f);
  }

  private static void check(String name, WeightType type, float tolerance) throws Exception {
    Expected expected = Expected.of(name);
    int tokens = expected.ids.length;
    try (Checkpoint base = CheckpointFiles.open(Oracle.directory("families/" + expected.base));
        Checkpoint file = EagleHead.open(Oracle.directory("eagle/" + name), base.config());
        Decoder model = Decoder.open(base, Device.cpu(), type);
        OutputHead output = model.outputHead();
        Shortlist all = output.shortlist(IntStream.range(0, VOCABULARY).toArray());
        Decoder decoder = Decoder.open(file, Device.cpu(), type);
        EagleLayer head = decoder.eagleLayer();
        KvCache cache = head.newCache();
        NDManager scope = model.newScope()) {
      NDArray features = output.normed(matrix(scope, expected.upper));
      assertRows(expected.features, features, tolerance, "features");
      NDArray embedded = model.embedding().embed(scope, expected.next());
      // In two parts, so that the cache is read.
      int[] places = IntStream.range(0, tokens).toArray();
      NDArray first =
          head.forward(
              embedded.get("0:5"),
              features.get("0:5"),
              Step.chain(Arrays.copyOf(places, 5), Arrays.copyOf(places, 5), first(0), CAPACITY),
              cache);
      int[] rest = Arrays.copyOfRange(places, 5, tokens);
      NDArray second =
          head.forward(
              embedded.get("5:" + tokens),
              features.get("5:" + tokens),
              Step.chain(rest, rest, first(5), CAPACITY),
              cache);
      NDArray hidden = first.concat(second, 0);
      assertRows(expected.hidden, hidden, tolerance, "hidden states");
      NDArray last = hidden.get((tokens - 1) + ":" + tokens);
      assertProbabilities(
          expected.logits, all.candidatesOfNormed(last, VOCABULARY), 2.5f * tolerance);

      // Two tokens side by side, then one below the first of them.
      Node[] nodes = expected.nodes.toArray(Node[]::new);
      NDArray children =
          head.forward(
              model.embedding().embed(scope, new int[] {nodes[0].token, nodes[1].token}),
              last.concat(last, 0),
              step(tokens, -1, -1),
              cache);
      assertRows(new float[][] {nodes[0].hidden, nodes[1].hidden}, children, tolerance, "children");
      NDArray below =
          head.forward(
              model.embedding().embed(scope, new int[] {nodes[2].token}),
              children.get("0:1"),
              step(tokens, -1, -1, 0),
              cache);
      assertRows(new float[][] {nodes[2].hidden}, below, tolerance, "below the first");
      assertProbabilities(
          nodes[2].logits, all.candidatesOfNormed(below, VOCABULARY), 2.5f * tolerance);
    }
  }

  private static Step step(int cached, int... parents) {
    int[] slots = IntStream.range(cached, cached + parents.length).toArray();
    int[] positions = slots.clone();
    for (int node = 0; node < parents.length; node++) {
      positions[node] = parents[node] < 0 ? cached : positions[parents[node]] + 1;
    }
    return Step.tree(positions, slots, first(cached), CAPACITY, parents);
  }

  private static BitSet first(int count) {
    BitSet slots = new BitSet();
    slots.set(0, count);
    return slots;
  }

  private static NDArray matrix(NDManager scope, float[][] rows) {
    int width = rows[0].length;
    float[] flat = new float[rows.length * width];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * width, width);
    }
    return scope.create(flat, new Shape(rows.length, width));
  }

  private static void assertRows(float[][] expected, NDArray found, float tolerance, String what) {
    float[] flat = found.toFloatArray();
    int width = expected[0].length;
    assertEquals(expected.length * width, flat.length);
    for (int row = 0; row < expected.length; row++) {
      float largest = 1; // a coarse tolerance is for numbers of about this size
      for (float value : expected[row]) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(
          expected[row],
          Arrays.copyOfRange(flat, row * width, (row + 1) * width),
          tolerance == TOLERANCE ? tolerance : tolerance * largest,
          what + ", row " + row);
    }
  }

  /** The LM head takes what the head puts out without a norm. */
  private static void assertProbabilities(
      float[] logits, List<List<Candidate>> found, float tolerance) {
    double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).sum();
    assertEquals(VOCABULARY, found.get(0).size());
    for (Candidate candidate : found.get(0)) {
      double expected = Math.exp(logits[candidate.token()]) / sum;
      assertEquals(expected, candidate.probability(), tolerance, "token " + candidate.token());
    }
  }
}
