package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.store.CheckpointFiles;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny checkpoints of every family as exported graphs in ONNX Runtime, compared with transformers
 * directly, without DJL or the decoder's script.
 */
class FamilyGraphsTest {
  private static final Path FIXTURES = Path.of("../model/src/test/resources/oracle/families");
  private static final float TOLERANCE = 1e-4f;
  private static final int CAPACITY = 64;

  @TempDir private Path repository;
  @TempDir private Path files;

  /** {@code lastHidden[k]} is the last token's hidden state after k layers. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Expected(int[] ids, @SerializedName("last_hidden") float[][] lastHidden) {
    static Expected of(Path fixture) throws IOException {
      try (Reader reader = Files.newBufferedReader(fixture.resolve("expected.json"))) {
        return new Gson().fromJson(reader, Expected.class);
      }
    }
  }

  static List<Path> fixtures() throws IOException {
    try (Stream<Path> families = Files.list(FIXTURES)) {
      return families.sorted().toList();
    }
  }

  /**
   * All layers but the last, and all layers: token by token, each of which sees what is in its
   * window.
   */
  @ParameterizedTest
  @MethodSource("fixtures")
  void theGraphGivesTheHiddenStates(Path fixture) throws Exception {
    Expected expected = Expected.of(fixture);
    try (Checkpoint checkpoint = open(fixture)) {
      int layers = checkpoint.config().layers();
      int window = checkpoint.config().slidingWindow().orElse(CAPACITY);
      for (int to : new int[] {layers - 1, layers}) {
        ExportedModel model =
            MiddleExport.write(
                checkpoint, 0, to, ExportOptions.DEFAULT, repository, (what, done, total) -> {});
        float[] last = {};
        try (OnnxMiddle graph = new OnnxMiddle(model.directory().resolve("1/model.onnx"))) {
          OnnxMiddle.State state = graph.newState();
          for (int position = 0; position < expected.ids.length; position++) {
            BitSet cached = new BitSet();
            cached.set(Math.max(0, position - window + 1), position);
            int[] place = {position};
            float[] embedding = embedding(checkpoint, expected.ids[position]);
            last = state.run(embedding, Step.chain(place, place, cached, CAPACITY));
          }
        }
        assertArrayEquals(expected.lastHidden[to], last, TOLERANCE, "after " + to + " layers");
      }
    }
  }

  /** Adds a tokenizer, whose hash an export states and which the fixtures do not have. */
  private Checkpoint open(Path fixture) throws IOException {
    try (Stream<Path> originals = Files.list(fixture)) {
      for (Path original : originals.toList()) {
        Files.copy(original, files.resolve(original.getFileName()));
      }
    }
    Files.writeString(files.resolve("tokenizer.json"), "{}");
    return CheckpointFiles.open(files);
  }

  private static float[] embedding(Checkpoint checkpoint, int token) {
    float[] values = new float[checkpoint.config().hiddenSize()];
    checkpoint
        .readRows(checkpoint.config().tensors().name(TensorRole.EMBEDDING), FloatType.F32, token, 1)
        .asFloatBuffer()
        .get(values);
    return values;
  }
}
