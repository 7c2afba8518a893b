package dev.bookend.model.checkpoint.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.RandomCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LowRankAdapterTest {
  private static final String MATRIX = "model.layers.1.self_attn.q_proj.weight";
  private static final String PARTS = "base_model.model.model.layers.1.self_attn.q_proj.lora_";
  private static final int OUT = 32;
  private static final int IN = 24;

  private final Checkpoint base = new RandomCheckpoint(7);

  @TempDir private Path directory;

  private LowRankAdapter write(String config, int rank, int in) throws IOException {
    SafetensorsFixture file =
        new SafetensorsFixture()
            .counting(PARTS + "A.weight", rank, in)
            .counting(PARTS + "B.weight", OUT, rank);
    Files.write(directory.resolve("adapter_model.safetensors"), file.write());
    Files.writeString(directory.resolve("adapter_config.json"), config);
    return LowRankAdapter.read(directory, base);
  }

  private static float[] floats(ByteBuffer buffer) {
    float[] values = new float[buffer.remaining() / Float.BYTES];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  private float[] read(LowRankAdapter adapter, int layer) {
    return floats(adapter.appliedTo(base, l -> l == layer).read(MATRIX, FloatType.F32));
  }

  @Test
  void addsWhatPeftWrote() throws IOException {
    LowRankAdapter adapter = write("{\"r\": 2, \"lora_alpha\": 6}", 2, IN);
    float[] expected = floats(base.read(MATRIX, FloatType.F32));
    for (int i = 0; i < OUT; i++) {
      for (int k = 0; k < IN; k++) {
        expected[i * IN + k] += 3f * (2 * i * k + (2 * i + 1) * (IN + k));
      }
    }
    assertArrayEquals(expected, read(adapter, 1), 0.01f);
    Checkpoint changed = adapter.appliedTo(base, layer -> true);
    float[] row = floats(changed.readRows(MATRIX, FloatType.F32, 5, 1));
    assertEquals(expected[5 * IN + 7], row[7], 0.01f);
  }

  @Test
  void leavesOtherLayersAndTheModelItselfAlone() throws IOException {
    float[] before = floats(base.read(MATRIX, FloatType.F32));
    LowRankAdapter adapter = write("{\"lora_alpha\": 6}", 2, IN);
    assertArrayEquals(before, read(adapter, 0));
    read(adapter, 1);
    assertArrayEquals(before, floats(base.read(MATRIX, FloatType.F32)));
  }

  @Test
  void refusesWhatItCannotApply() {
    String right = "{\"lora_alpha\": 6}";
    String dora = "{\"lora_alpha\": 6, \"use_dora\": true}";
    assertTrue(message(right, IN + 1).contains("for another model"), message(right, IN + 1));
    assertTrue(message(dora, IN).contains("use_dora is not supported"), message(dora, IN));
    assertTrue(message("{}", IN).contains("lora_alpha"), message("{}", IN));
  }

  private String message(String config, int in) {
    return assertThrows(BookendException.class, () -> write(config, 2, in)).getMessage();
  }

  @Test
  void randomChangesHaveTheSizeAskedFor() {
    LowRankAdapter adapter = LowRankAdapter.random(base, 4, 0.1, 1);
    float[] before = floats(base.read(MATRIX, FloatType.F32));
    float[] after = read(adapter, 1);
    double change = 0;
    double size = 0;
    for (int i = 0; i < before.length; i++) {
      change += Math.pow(after[i] - before[i], 2);
      size += Math.pow(before[i], 2);
    }
    assertEquals(0.1, Math.sqrt(change / size), 0.03);
    assertEquals(4 * 7, adapter.changes().size());
  }
}
