package dev.bookend.testing;

import com.google.gson.Gson;
import dev.bookend.model.architecture.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** An EAGLE head with random weights and the geometry of a model, as such heads are published. */
public final class RandomEagleHead {
  private RandomEagleHead() {}

  /** Writes config.json and model.safetensors. */
  public static void write(Path directory, ModelConfig model) {
    int width = model.hiddenSize();
    int queries = model.heads() * model.headDim();
    int keys = model.kvHeads() * model.headDim();
    int inner = model.intermediateSize();
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put("fc.weight", new int[] {width, 2 * width});
    shapes.put("layers.0.self_attn.q_proj.weight", new int[] {queries, width});
    shapes.put("layers.0.self_attn.k_proj.weight", new int[] {keys, width});
    shapes.put("layers.0.self_attn.v_proj.weight", new int[] {keys, width});
    shapes.put("layers.0.self_attn.o_proj.weight", new int[] {width, queries});
    shapes.put("layers.0.mlp.gate_proj.weight", new int[] {inner, width});
    shapes.put("layers.0.mlp.up_proj.weight", new int[] {inner, width});
    shapes.put("layers.0.mlp.down_proj.weight", new int[] {width, inner});
    shapes.put("layers.0.post_attention_layernorm.weight", new int[] {width});
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("hidden_size", width);
    config.put("intermediate_size", inner);
    config.put("num_hidden_layers", 1);
    config.put("num_attention_heads", model.heads());
    config.put("num_key_value_heads", model.kvHeads());
    config.put("head_dim", model.headDim());
    config.put("vocab_size", model.vocabularySize());
    config.put("rope_theta", 100_000);
    try {
      Files.writeString(directory.resolve("config.json"), new Gson().toJson(config));
      Files.write(directory.resolve("model.safetensors"), safetensors(shapes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] safetensors(Map<String, int[]> shapes) {
    Map<String, Object> header = new LinkedHashMap<>();
    int end = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      int[] shape = tensor.getValue();
      int begin = end;
      end += Float.BYTES * shape[0] * (shape.length > 1 ? shape[1] : 1);
      header.put(
          tensor.getKey(),
          Map.of("dtype", "F32", "shape", shape, "data_offsets", new int[] {begin, end}));
    }
    byte[] text = new Gson().toJson(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + text.length + end).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    Random random = new Random(7);
    while (file.hasRemaining()) {
      file.putFloat((float) random.nextGaussian() / 24);
    }
    return file.array();
  }
}
