package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.Oracle;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class WeightsTest {
  private static final String TABLE = "model.embed_tokens.weight";

  /** For each type a fixture that is stored in another one. */
  private static String converted(WeightType type) {
    return "families/" + (type == WeightType.BF16 ? "qwen3" : "llama-bf16");
  }

  /** Qwen2.5-7B's LM head takes 2.2 GB in F32, more than a buffer can hold. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "INT8")
  void aTensorTooLargeForOneBufferIsPutTogether(WeightType type) {
    RandomCheckpoint checkpoint = new RandomCheckpoint(7);
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Weights weights = Weights.plain(manager, checkpoint, type);
        Scratch scratch = new Scratch(manager, DataType.FLOAT16)) {
      PtNDArray whole = weights.load(manager, TABLE);
      PtNDArray joined = weights.load(manager, TABLE, scratch, 1000);
      assertEquals(whole.toType(DataType.FLOAT32, false), joined.toType(DataType.FLOAT32, false));
    }
  }

  /** Java would free such buffers only when it next collects garbage, which may be never. */
  @ParameterizedTest
  @EnumSource
  void convertedWeightsLeaveNoBuffersBehind(WeightType type) throws Exception {
    try (Checkpoint stored = CheckpointFiles.open(Oracle.directory(converted(type)));
        Decoder decoder = Decoder.open(stored, Device.cpu(), type)) {
      long before = directBytes();
      try (DecoderRange layers = decoder.range(0, stored.config().layers());
          OutputHead head = decoder.outputHead()) {
        head.shortlist(1, 2, 3).close();
        layers.newCache().close();
        long grown = directBytes() - before;
        assertTrue(grown < 100, grown + " bytes of buffers"); // the rotary frequencies take some
      }
    }
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
