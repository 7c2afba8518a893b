package dev.bookend.model.runtime;

import ai.djl.util.Float16Utils;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** A model of some geometry whose weights are made up, for measuring how long its layers take. */
final class GeometryCheckpoint implements Checkpoint {
  private final ModelConfig config;
  private final Map<String, long[]> shapes;

  GeometryCheckpoint(ModelConfig config) {
    this.config = config;
    this.shapes = config.tensors().shapes();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public TokenizerSource tokenizer() {
    return TokenizerSource.of("{}");
  }

  @Override
  public Set<String> tensorNames() {
    return shapes.keySet();
  }

  @Override
  public long[] shape(String tensor) {
    return shapes.get(tensor).clone();
  }

  @Override
  public ByteBuffer read(String tensor, FloatType type) {
    return readRows(tensor, type, 0, Math.toIntExact(shape(tensor)[0]));
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    int width = Math.toIntExact(Arrays.stream(shape(tensor)).skip(1).reduce(1, (a, b) -> a * b));
    int size = Math.multiplyExact(Math.multiplyExact(count, width), type.bytes());
    ByteBuffer values = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    readRows(tensor, type, first, count, values);
    return values.flip();
  }

  @Override
  public void readRows(String tensor, FloatType type, long first, int count, ByteBuffer target) {
    long width = Arrays.stream(shape(tensor)).skip(1).reduce(1, (a, b) -> a * b);
    for (long i = 0; i < count * width; i++) {
      // Small numbers of both signs: neither zeros nor what grows from layer to layer. 16 bits do
      // not
      // hold them, so that F32 is measured in full.
      float value = ((i * 31 + first) % 17 - 8) / 500f;
      switch (type) {
        case F32 -> target.putFloat(value);
        case F16 -> target.putShort(Float16Utils.floatToHalf(value));
        case BF16 -> target.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
  }

  @Override
  public String fingerprint() {
    return "made up";
  }

  @Override
  public void close() {}
}
