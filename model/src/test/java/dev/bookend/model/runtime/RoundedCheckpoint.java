package dev.bookend.model.runtime;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/** Another checkpoint, with all its numbers rounded to BF16 but for the last row of one tensor. */
final class RoundedCheckpoint implements Checkpoint {
  private final Checkpoint other;
  private final String unlike;

  /**
   * Rounds a checkpoint.
   *
   * @param unlike the tensor whose last row is not rounded
   */
  RoundedCheckpoint(Checkpoint other, String unlike) {
    this.other = other;
    this.unlike = unlike;
  }

  @Override
  public ModelConfig config() {
    return other.config();
  }

  @Override
  public TokenizerSource tokenizer() {
    return other.tokenizer();
  }

  @Override
  public Set<String> tensorNames() {
    return other.tensorNames();
  }

  @Override
  public long[] shape(String tensor) {
    return other.shape(tensor);
  }

  @Override
  public ByteBuffer read(String tensor, FloatType type) {
    return rounded(tensor, other.read(tensor, type), 0, type);
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    return rounded(tensor, other.readRows(tensor, type, first, count), first, type);
  }

  private ByteBuffer rounded(String tensor, ByteBuffer numbers, long first, FloatType type) {
    if (type != FloatType.F32) {
      throw new UnsupportedOperationException("only FP32 is rounded");
    }
    long[] shape = shape(tensor);
    long width = shape.length == 1 ? 1 : shape[1];
    long unlikeFrom = tensor.equals(unlike) ? (shape[0] - 1 - first) * width : Long.MAX_VALUE;
    ByteBuffer rounded =
        ByteBuffer.allocateDirect(numbers.remaining()).order(ByteOrder.nativeOrder());
    for (int i = 0; numbers.hasRemaining(); i++) {
      int bits = Float.floatToIntBits(numbers.getFloat());
      boolean isRounded = i < unlikeFrom;
      rounded.putFloat(Float.intBitsToFloat(isRounded ? (bits + 0x8000) & 0xFFFF0000 : bits));
    }
    return rounded.flip();
  }

  @Override
  public String fingerprint() {
    return "rounded-" + other.fingerprint();
  }

  @Override
  public void close() {
    other.close();
  }
}
