package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One layer of the size of a model with 70 billion parameters: 3.4 GB in FP32. */
class LargeExportIT {
  private static final int ALLOWED = 128 << 20;

  @TempDir private Path repository;

  @Test
  void weightsAboveTwoGigabytesAreWrittenInBoundedMemoryAndRun() throws Exception {
    LargeCheckpoint checkpoint = new LargeCheckpoint();
    long before = Memory.used();
    List<Long> used = new ArrayList<>();
    ExportedModel model =
        MiddleExport.write(
            checkpoint,
            1,
            2,
            ExportOptions.DEFAULT,
            repository,
            (what, done, total) -> used.add(Memory.used() - before));
    assertTrue(model.bytes() > 3_400_000_000L, model.toString());
    long most = used.stream().mapToLong(Long::longValue).max().orElseThrow();
    assertTrue(most < ALLOWED, most + " bytes of memory");
    assertTrue(used.size() > 100, used.size() + " pieces");

    Path onnx = model.directory().resolve("1/model.onnx");
    int beyond = 0;
    try (FileChannel data = FileChannel.open(model.directory().resolve("1/model.onnx.data"))) {
      for (TensorProto tensor :
          ModelProto.parseFrom(Files.readAllBytes(onnx)).getGraph().getInitializerList()) {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
          long offset = Long.parseLong(tensor.getExternalData(1).getValue());
          beyond += offset > Integer.MAX_VALUE ? 1 : 0;
          long rows = tensor.getDims(0);
          long width = tensor.getDimsCount() == 1 ? 1 : tensor.getDims(1);
          for (long row : new long[] {0, rows / 2, rows - 1}) {
            ByteBuffer stored = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            data.read(stored, offset + row * width * Float.BYTES);
            assertEquals(
                LargeCheckpoint.value(tensor.getName(), row),
                stored.getFloat(0),
                tensor.getName() + " row " + row);
          }
        }
      }
    }
    assertTrue(beyond > 0, "no tensor begins beyond 2 GiB");

    try (OnnxMiddle middle = new OnnxMiddle(onnx)) {
      float[] hidden = new float[checkpoint.config().hiddenSize()];
      hidden[3] = 1;
      int[] first = {0};
      float[] out = middle.newState().run(hidden, Step.chain(first, first, new BitSet(), 64));
      for (float number : out) {
        assertFalse(Float.isNaN(number) || Float.isInfinite(number));
      }
      assertTrue(out[0] != hidden[0], "the layer does something");
    }
  }

  /** Makes its numbers when they are read; each row repeats one number. */
  private static final class LargeCheckpoint implements Checkpoint {
    private static final int WIDTH = 8192;

    /** One buffer for all reads, so that memory grows only by what the export itself takes. */
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(32 << 20).order(ByteOrder.nativeOrder());

    static float value(String tensor, long row) {
      return tensor.contains("norm") ? 1 : ((tensor.hashCode() + row) % 1000) * 1e-7f;
    }

    private static final ModelConfig CONFIG =
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(Trait.UNTIED_LM_HEAD),
            3,
            WIDTH,
            28_672,
            WIDTH / 128,
            8,
            128,
            128_256,
            8192,
            1e-5,
            new RotaryEmbedding(Collections.nCopies(64, 0.5)),
            OptionalInt.empty(),
            Set.of(0));

    @Override
    public ModelConfig config() {
      return CONFIG;
    }

    @Override
    public long[] shape(String tensor) {
      return CONFIG.tensors().shapes().get(tensor);
    }

    @Override
    public ByteBuffer read(String tensor, FloatType type) {
      if (shape(tensor).length > 1) {
        throw new AssertionError("a whole matrix at once");
      }
      return rows(tensor, 0, WIDTH, 1);
    }

    @Override
    public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
      return rows(tensor, first, count, (int) shape(tensor)[1]);
    }

    private ByteBuffer rows(String tensor, long first, int count, int width) {
      ByteBuffer rows = buffer.slice(0, count * width * Float.BYTES).order(buffer.order());
      for (int row = 0; row < count; row++) {
        float value = value(tensor, first + row);
        for (int i = 0; i < width; i++) {
          rows.putFloat(value);
        }
      }
      return rows.flip();
    }

    @Override
    public TokenizerSource tokenizer() {
      return TokenizerSource.of("{}");
    }

    @Override
    public Set<String> tensorNames() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String fingerprint() {
      return "large";
    }

    @Override
    public void close() {}
  }
}
