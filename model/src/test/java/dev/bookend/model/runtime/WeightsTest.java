package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.checkpoint.FloatType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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

  /** PyTorch computes on Java's memory: what it still needs must not be garbage. */
  @ParameterizedTest
  @EnumSource
  void matricesOutliveTheCollectionOfGarbage(FloatType type) throws InterruptedException {
    RandomCheckpoint checkpoint = new RandomCheckpoint(7, 1024);
    int[] rows = IntStream.range(0, 50).toArray();
    try (PtNDManager manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Weights weights = Weights.plain(manager, checkpoint, type)) {
      PtNDArray matrix = weights.rows(manager, TABLE, rows);
      NDArray before = matrix.toType(DataType.FLOAT32, true);
      List<ByteBuffer> others = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        System.gc();
        Thread.sleep(10); // memory is given back by a thread of its own
        ByteBuffer other = ByteBuffer.allocateDirect(rows.length * 1024 * type.bytes());
        while (other.hasRemaining()) {
          other.put((byte) 99);
        }
        others.add(other);
      }
      assertEquals(before, matrix.toType(DataType.FLOAT32, true), others.size() + " other buffers");
    }
  }
}
