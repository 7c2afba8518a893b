package dev.bookend.model.runtime;

import ai.djl.util.Float16Utils;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A model with random weights, made in memory. */
public final class RandomCheckpoint implements Checkpoint {
  private final ModelConfig config;
  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final Map<String, ByteBuffer> made = new ConcurrentHashMap<>();
  private final long seed;
  private final TokenizerSource tokenizer;

  /** Four layers of width 24; the same seed gives the same weights. */
  public RandomCheckpoint(long seed) {
    this(seed, 24);
  }

  /** Four layers, four heads in two groups, 50 tokens. */
  public RandomCheckpoint(long seed, int width) {
    this(
        seed,
        new ModelConfig(
            "llama",
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
            true,
            true,
            true,
            Set.of(0)));
  }

  /** Any geometry with tied embeddings. */
  public RandomCheckpoint(long seed, ModelConfig config) {
    this(
        seed,
        config,
        new TokenizerSource("{}", Optional.empty(), Optional.empty(), Optional.empty()));
  }

  /** As above, with a tokenizer. */
  public RandomCheckpoint(long seed, ModelConfig config, TokenizerSource tokenizer) {
    this.seed = seed;
    this.tokenizer = tokenizer;
    this.config = config;
    int hidden = config.hiddenSize();
    int queries = config.heads() * config.headDim();
    int keys = config.kvHeads() * config.headDim();
    int wide = config.intermediateSize();
    shapes.put("model.embed_tokens.weight", new long[] {config.vocabularySize(), hidden});
    shapes.put("model.norm.weight", new long[] {hidden});
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = "model.layers." + layer + ".";
      shapes.put(prefix + "input_layernorm.weight", new long[] {hidden});
      shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
      shapes.put(prefix + "self_attn.q_proj.weight", new long[] {queries, hidden});
      shapes.put(prefix + "self_attn.k_proj.weight", new long[] {keys, hidden});
      shapes.put(prefix + "self_attn.v_proj.weight", new long[] {keys, hidden});
      shapes.put(prefix + "self_attn.o_proj.weight", new long[] {hidden, queries});
      if (config.attentionBias()) {
        shapes.put(prefix + "self_attn.q_proj.bias", new long[] {queries});
        shapes.put(prefix + "self_attn.k_proj.bias", new long[] {keys});
        shapes.put(prefix + "self_attn.v_proj.bias", new long[] {keys});
      }
      if (config.queryKeyNorm()) {
        shapes.put(prefix + "self_attn.q_norm.weight", new long[] {config.headDim()});
        shapes.put(prefix + "self_attn.k_norm.weight", new long[] {config.headDim()});
      }
      shapes.put(prefix + "mlp.gate_proj.weight", new long[] {wide, hidden});
      shapes.put(prefix + "mlp.up_proj.weight", new long[] {wide, hidden});
      shapes.put(prefix + "mlp.down_proj.weight", new long[] {hidden, wide});
    }
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
    int row = (int) (shapes.get(tensor)[1] * type.bytes());
    return read(tensor, type).slice((int) first * row, count * row).order(ByteOrder.nativeOrder());
  }

  @Override
  public String fingerprint() {
    return "random-" + seed;
  }

  @Override
  public void close() {}
}
