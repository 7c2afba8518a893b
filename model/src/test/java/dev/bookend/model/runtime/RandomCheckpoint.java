package dev.bookend.model.runtime;

import ai.djl.util.Float16Utils;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A model with random weights, made in memory. */
public final class RandomCheckpoint implements Checkpoint {
  private final ModelConfig config;
  private final Map<String, long[]> shapes;
  private final Map<String, ByteBuffer> made = new ConcurrentHashMap<>();
  private final long seed;
  private final TokenizerSource tokenizer;

  /** Four layers of width 24 with every trait; the same seed gives the same weights. */
  public RandomCheckpoint(long seed) {
    this(seed, 24);
  }

  /** Four layers, four heads in two groups, 50 tokens. */
  public RandomCheckpoint(long seed, int width) {
    this(
        seed,
        new ModelConfig(
            Architecture.LLAMA,
            Set.of(Trait.ATTENTION_BIAS, Trait.QUERY_KEY_NORM),
            4,
            width,
            40,
            4,
            2,
            8,
            50,
            4096,
            1e-5,
            new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
            OptionalInt.empty(),
            Set.of(0)));
  }

  /** Any model. */
  public RandomCheckpoint(long seed, ModelConfig config) {
    this(seed, config, TokenizerSource.of("{}"));
  }

  /** As above, with a tokenizer. */
  public RandomCheckpoint(long seed, ModelConfig config, TokenizerSource tokenizer) {
    this.seed = seed;
    this.tokenizer = tokenizer;
    this.config = config;
    this.shapes = config.tensors().shapes();
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public TokenizerSource tokenizer() {
    return tokenizer;
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
    ByteBuffer floats =
        made.computeIfAbsent(tensor, this::make).duplicate().order(ByteOrder.nativeOrder());
    if (type == FloatType.F32) {
      return floats;
    }
    ByteBuffer halves =
        ByteBuffer.allocateDirect(floats.remaining() / 2).order(ByteOrder.nativeOrder());
    while (floats.hasRemaining()) {
      float value = floats.getFloat();
      halves.putShort(
          type == FloatType.F16
              ? Float16Utils.floatToHalf(value)
              : (short) ((Float.floatToIntBits(value) + 0x8000) >> 16));
    }
    return halves.flip();
  }

  private ByteBuffer make(String tensor) {
    int size = 1;
    for (long dimension : shapes.get(tensor)) {
      size *= (int) dimension;
    }
    ByteBuffer buffer = ByteBuffer.allocateDirect(4 * size).order(ByteOrder.nativeOrder());
    Random random = new Random(seed * 31 + tensor.hashCode());
    boolean norm = tensor.contains("norm");
    while (buffer.hasRemaining()) {
      buffer.putFloat(
          (float) (norm ? 1 + 0.1 * random.nextGaussian() : 0.3 * random.nextGaussian()));
    }
    return buffer.flip();
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    long[] shape = shapes.get(tensor);
    int row = (shape.length == 1 ? 1 : (int) shape[1]) * type.bytes();
    return read(tensor, type).slice((int) first * row, count * row).order(ByteOrder.nativeOrder());
  }

  @Override
  public String fingerprint() {
    return "random-" + seed;
  }

  @Override
  public void close() {}
}
