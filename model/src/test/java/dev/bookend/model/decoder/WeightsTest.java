package dev.bookend.model.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.checkpoint.FloatType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightsTest {
  private static final String TABLE = "model.embed_tokens.weight";

  /** Qwen2.5-7B's LM head takes 2.2 GB in F32, more than a buffer can hold. */
  @ParameterizedTest
  @EnumSource
  void aTensorTooLargeForOneBufferIsPutTogether(FloatType type) {
    RandomCheckpoint checkpoint = new RandomCheckpoint(7);
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Weights weights = Weights.plain(manager, checkpoint, type)) {
      PtNDArray whole = weights.load(manager, TABLE);
      PtNDArray joined = weights.load(manager, TABLE, 1000);
      assertEquals(whole.toType(DataType.FLOAT32, false), joined.toType(DataType.FLOAT32, false));
    }
  }
}
