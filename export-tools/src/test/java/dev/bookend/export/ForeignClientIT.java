package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client in Python, written from docs/protocol.md alone, on a real Triton server. */
class ForeignClientIT {
  private static final List<String> PACKAGES =
      List.of(
          "tritonclient==2.73.0",
          "grpcio==1.85.3",
          "numpy==2.2.6",
          "protobuf==6.33.6",
          "python-rapidjson==1.25",
          "urllib3==2.8.0",
          "ml_dtypes==0.5.4",
          "packaging==26.3",
          "typing_extensions==4.16.0");
  private static final int FROM = 1;
  private static final int TO = 3;

  private static Python python;

  @TempDir private Path repository;
  @TempDir private Path files;

  @BeforeAll
  static void install() {
    python = Python.with("tritonclient-2.73.0", PACKAGES);
  }

  /** Sends the sessions in a file to the exported model and returns all its answers. */
  private float[] play(RandomCheckpoint checkpoint, ExportOptions options, Path input)
      throws Exception {
    MiddleExport.write(
        checkpoint,
        FROM,
        TO,
        options.withBackend(Backend.PYTHON),
        repository,
        (what, done, total) -> {});
    Path output = files.resolve("hidden_out");
    try (TritonServer server = TritonServer.start(repository)) {
      Python.Result result =
          python.run(
              "foreign_client.py",
              "localhost:" + server.port(),
              "../docs/protocol.md",
              input,
              output);
      assertEquals(0, result.code(), result.output());
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
    float[] numbers = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(numbers);
    return numbers;
  }

  private static BitSet slots(int... slots) {
    BitSet set = new BitSet();
    for (int slot : slots) {
      set.set(slot);
    }
    return set;
  }

  /** Two sessions, so that it also shows if one sees what belongs to the other. */
  @Test
  void chainAndTreeInShuffledSlotsGiveWhatDjlGives() throws Exception {
    RandomCheckpoint checkpoint = Families.QWEN2.checkpoint();
    int width = checkpoint.config().hiddenSize();
    List<Step> steps =
        List.of(
            Step.chain(new int[] {0, 1, 2, 3}, new int[] {6, 0, 3, 1}, new BitSet(), 8),
            // Two branches behind the chain, their tokens in turn.
            Step.tree(
                new int[] {4, 4, 5, 5, 6},
                new int[] {11, 2, 9, 4, 15},
                slots(6, 0, 3, 1),
                16,
                new int[] {-1, -1, 0, 1, 2}),
            // The second branch is accepted; the slots of the first one are given to new tokens.
            Step.chain(new int[] {6, 7}, new int[] {11, 9}, slots(6, 0, 3, 1, 2, 4), 64));
    Random random = new Random(12);
    List<List<PerfInput.Request>> sessions = new ArrayList<>();
    List<Float> expected = new ArrayList<>();
    try (Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        DecoderRange layers = decoder.range(FROM, TO)) {
      for (int session = 0; session < 2; session++) {
        List<PerfInput.Request> requests = new ArrayList<>();
        try (KvCache cache = layers.newCache()) {
          for (Step step : steps) {
            float[] hidden = new float[step.tokens() * width];
            ByteBuffer bytes =
                ByteBuffer.allocate(hidden.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < hidden.length; i++) {
              hidden[i] = (float) random.nextGaussian();
              bytes.putFloat(hidden[i]);
            }
            requests.add(new PerfInput.Request(bytes.flip(), step));
            try (NDManager scope = decoder.newScope()) {
              float[] out =
                  layers
                      .forward(scope.create(hidden).reshape(step.tokens(), width), step, cache)
                      .toFloatArray();
              for (float number : out) {
                expected.add(number);
              }
            }
          }
        }
        sessions.add(requests);
      }
    }
    float[] numbers = new float[expected.size()];
    float largest = 0;
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = expected.get(i);
      largest = Math.max(largest, Math.abs(numbers[i]));
    }
    float[] actual = play(checkpoint, ExportOptions.DEFAULT, input(width, sessions));
    assertArrayEquals(numbers, actual, 1e-4f * largest);
  }

  private Path input(int width, List<List<PerfInput.Request>> sessions) throws IOException {
    Path input = files.resolve("sessions.json");
    try (Writer out = Files.newBufferedWriter(input)) {
      PerfInput.write(out, width, sessions);
    }
    return input;
  }

  /** Also in FP16, and where the model's limits are narrower than the sessions would like. */
  @Test
  void theServerTakesEveryStepForPerfAnalyzer() throws Exception {
    RandomCheckpoint checkpoint = Families.QWEN3.checkpoint();
    ExportOptions options =
        ExportOptions.DEFAULT
            .withPrecision(Precision.FP16)
            .withMaxTokensPerStep(9)
            .withMaxContext(50);
    Path input = files.resolve("perf.json");
    PerfInput.write(input, checkpoint.config(), options);
    float[] actual = play(checkpoint, options, input);
    // 9 tokens and 16 single ones; 9 tokens and 5 trees of 9.
    assertEquals((9 + 16 + 9 + 5 * 9) * checkpoint.config().hiddenSize(), actual.length);
    for (float number : actual) {
      assertTrue(Float.isFinite(number));
    }
  }
}
