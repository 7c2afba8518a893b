package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.CheckpointFiles;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny checkpoints of every family, from their files to logits, compared with transformers. The
 * fixtures are the directories under {@code oracle/families}.
 */
class FamiliesTest {
  /** Float32 noise: a second oracle in float64 differs from the first by 8.2e-6 at most. */
  private static final float TOLERANCE = 1e-4f;

  private static final int CAPACITY = 64;
  private static final String WINDOWED = "mistral-window";

  /** {@code positions[i]} has {@code logits[i]}; {@code lastHidden[k]} is after k layers. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Expected(
      int[] ids,
      int[] positions,
      float[][] logits,
      @SerializedName("last_hidden") float[][] lastHidden) {

    static Expected of(String family) throws Exception {
      return Oracle.read("families/" + family + "/expected.json", Expected.class);
    }
  }

  static List<String> families() throws Exception {
    try (Stream<Path> directories = Files.list(Oracle.directory("families"))) {
      return directories.map(directory -> directory.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  @Retention(RetentionPolicy.RUNTIME)
  @interface EveryFamily {}

  @EveryFamily
  void onePassGivesTheLogits(String family) throws Exception {
    Expected expected = Expected.of(family);
    try (Checkpoint checkpoint = open(family);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32)) {
      OptionalInt window = decoder.config().slidingWindow();
      float[][] logits = logits(decoder, expected.ids, pass(expected.ids.length, window));
      for (int i = 0; i < expected.positions.length; i++) {
        int position = expected.positions[i];
        assertArrayEquals(
            expected.logits[i], logits[position], TOLERANCE, "logits of position " + position);
      }
    }
  }

  @EveryFamily
  void oneTokenAtATimeGivesTheLogits(String family) throws Exception {
    Expected expected = Expected.of(family);
    try (Checkpoint checkpoint = open(family);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        DecoderRange layers = decoder.range(0, decoder.config().layers());
        OutputHead head = decoder.outputHead();
        KvCache cache = layers.newCache()) {
      int checked = 0;
      for (int position = 0; position < expected.ids.length; position++) {
        Step step = token(position, decoder.config().slidingWindow());
        try (NDManager scope = decoder.newScope()) {
          NDArray hidden = decoder.embedding().embed(scope, new int[] {expected.ids[position]});
          float[] logits = head.logits(layers.forward(hidden, step, cache)).toFloatArray();
          int index = Arrays.binarySearch(expected.positions, position);
          if (index >= 0) {
            assertArrayEquals(
                expected.logits[index], logits, TOLERANCE, "logits of position " + position);
            checked++;
          }
        }
      }
      assertEquals(expected.positions.length, checked);
    }
  }

  @EveryFamily
  void eachLayerGivesTheHiddenStates(String family) throws Exception {
    Expected expected = Expected.of(family);
    int tokens = expected.ids.length;
    try (Checkpoint checkpoint = open(family);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        NDManager scope = decoder.newScope()) {
      assertEquals(decoder.config().layers() + 1, expected.lastHidden.length);
      Step step = pass(tokens, decoder.config().slidingWindow());
      NDArray hidden = decoder.embedding().embed(scope, expected.ids);
      assertArrayEquals(expected.lastHidden[0], rows(hidden)[tokens - 1], 0f, "embedding");
      for (int layer = 0; layer < decoder.config().layers(); layer++) {
        try (DecoderRange range = decoder.range(layer, layer + 1);
            KvCache cache = range.newCache()) {
          hidden = range.forward(hidden, step, cache);
          assertArrayEquals(
              expected.lastHidden[layer + 1],
              rows(hidden)[tokens - 1],
              TOLERANCE,
              "hidden state after layer " + layer);
        }
      }
    }
  }

  /** Otherwise the tests above would pass for a window that is ignored. */
  @Test
  void withoutItsWindowTheLogitsDifferFromTheFirstTokenThatItHides() throws Exception {
    Expected expected = Expected.of(WINDOWED);
    try (Checkpoint checkpoint = open(WINDOWED);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32)) {
      int window = decoder.config().slidingWindow().orElseThrow();
      float[][] logits =
          logits(decoder, expected.ids, pass(expected.ids.length, OptionalInt.empty()));
      for (int i = 0; i < expected.positions.length; i++) {
        float difference = difference(expected.logits[i], logits[expected.positions[i]]);
        assertTrue(
            expected.positions[i] < window ? difference < TOLERANCE : difference > 0.1f,
            "position " + expected.positions[i] + " differs by " + difference);
      }
    }
  }

  private static Checkpoint open(String family) throws Exception {
    return CheckpointFiles.open(Oracle.directory("families/" + family));
  }

  private static float[][] logits(Decoder decoder, int[] ids, Step step) {
    try (DecoderRange layers = decoder.range(0, decoder.config().layers());
        OutputHead head = decoder.outputHead();
        KvCache cache = layers.newCache();
        NDManager scope = decoder.newScope()) {
      NDArray hidden = decoder.embedding().embed(scope, ids);
      return rows(head.logits(layers.forward(hidden, step, cache)));
    }
  }

  /** All tokens at once into an empty cache, the window in the contract's {@code tree}. */
  private static Step pass(int tokens, OptionalInt window) {
    ByteBuffer places = direct(tokens * Integer.BYTES);
    places.asIntBuffer().put(IntStream.range(0, tokens).toArray());
    ByteBuffer tree = direct(tokens * tokens);
    for (int token = 0; token < tokens; token++) {
      for (int seen = first(token, window); seen <= token; seen++) {
        tree.put(token * tokens + seen, (byte) 1);
      }
    }
    return Step.of(places, places, direct(CAPACITY), tree);
  }

  /** One token after those before it, the window in the contract's {@code cached}. */
  private static Step token(int position, OptionalInt window) {
    BitSet cached = new BitSet();
    cached.set(first(position, window), position);
    int[] place = {position};
    return Step.chain(place, place, cached, CAPACITY);
  }

  /** The first position that a token sees. */
  private static int first(int position, OptionalInt window) {
    return window.isEmpty() ? 0 : Math.max(0, position - window.getAsInt() + 1);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  private static float[][] rows(NDArray matrix) {
    float[] flat = matrix.toFloatArray();
    int width = Math.toIntExact(matrix.getShape().get(1));
    float[][] rows = new float[flat.length / width][];
    Arrays.setAll(rows, row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width));
    return rows;
  }

  private static float difference(float[] a, float[] b) {
    float worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i] - b[i]));
    }
    return worst;
  }
}
