package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.util.Float16Utils;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that are beyond the range of FP16. */
class OverflowTest {
  private static final String MATRIX = "model.layers.2.mlp.down_proj.weight";
  private static final String NORM = "model.layers.1.input_layernorm.weight";

  @TempDir private Path repository;

  private ExportedModel export(Checkpoint checkpoint, ExportOptions options) {
    return MiddleExport.write(checkpoint, 1, 3, options, repository, (what, done, total) -> {});
  }

  private static Checkpoint with(String tensor, float value) {
    return new OneOddNumber(Families.LLAMA.checkpoint(), tensor, value);
  }

  @ParameterizedTest
  @CsvSource({
    MATRIX + ", 65536, false",
    MATRIX + ", -1e9, false",
    MATRIX + ", NaN, false",
    NORM + ", 70000, false",
    MATRIX + ", 70000, true",
    NORM + ", 70000, true"
  })
  void areNamedAndNothingIsWritten(String tensor, float value, boolean int8) throws IOException {
    ExportOptions half = ExportOptions.DEFAULT.withPrecision(Precision.FP16).withInt8Weights(int8);
    BookendException failure =
        assertThrows(BookendException.class, () -> export(with(tensor, value), half));
    assertEquals(
        tensor + " holds values that fp16 cannot represent (beyond ±65504.0, or not a number)",
        failure.getMessage());
    assertEquals(ErrorCode.PRECISION_TOO_NARROW, failure.code());
    try (Stream<Path> left = Files.list(repository)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {65504, 65519, -65504})
  void theLargestNumbersThatItHasAreTaken(float value) {
    export(with(MATRIX, value), ExportOptions.DEFAULT.withPrecision(Precision.FP16));
  }

  @Test
  void fp32TakesWhatFp16DoesNot() {
    export(with(MATRIX, 1e9f), ExportOptions.DEFAULT);
    export(with(MATRIX, 1e9f), ExportOptions.DEFAULT.withInt8Weights(true).withName("int8"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNoNumberIsDamageInAnyPrecision(boolean int8) {
    ExportOptions options = ExportOptions.DEFAULT.withInt8Weights(int8);
    for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      BookendException failure =
          assertThrows(BookendException.class, () -> export(with(MATRIX, value), options));
      String message = failure.getMessage();
      assertTrue(message.startsWith(MATRIX + " holds values that fp32 cannot represent"), message);
      assertTrue(message.endsWith("the checkpoint is damaged"), message);
      assertEquals(ErrorCode.MODEL_DAMAGED, failure.code());
    }
  }

  /** A checkpoint with another number at the end of one tensor. */
  private record OneOddNumber(Checkpoint sound, String tensor, float value) implements Checkpoint {
    @Override
    public ByteBuffer read(String name, FloatType type) {
      ByteBuffer values = sound.read(name, type);
      if (!name.equals(tensor)) {
        return values;
      }
      ByteBuffer copy = ByteBuffer.allocate(values.remaining()).order(ByteOrder.nativeOrder());
      copy.put(values).flip();
      if (type == FloatType.F16) {
        copy.putShort(copy.limit() - Short.BYTES, Float16Utils.floatToHalf(value));
      } else {
        copy.putFloat(copy.limit() - Float.BYTES, value);
      }
      return copy;
    }

    @Override
    public ByteBuffer readRows(String name, FloatType type, long first, int count) {
      int row = (int) (shape(name)[1] * type.bytes());
      return read(name, type).slice((int) first * row, count * row).order(ByteOrder.nativeOrder());
    }

    @Override
    public ModelConfig config() {
      return sound.config();
    }

    @Override
    public TokenizerSource tokenizer() {
      return sound.tokenizer();
    }

    @Override
    public Set<String> tensorNames() {
      return sound.tensorNames();
    }

    @Override
    public long[] shape(String name) {
      return sound.shape(name);
    }

    @Override
    public String fingerprint() {
      return sound.fingerprint();
    }

    @Override
    public void close() {}
  }
}
