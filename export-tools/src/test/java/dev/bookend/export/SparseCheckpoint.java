package dev.bookend.export;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.store.CheckpointFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Files with a published model's geometry: every tensor has its real size and type, BF16. Its
 * numbers are zeros, which take no room on the disk, except for {@link #mark} at its beginning and
 * end.
 */
enum SparseCheckpoint {
  MISTRAL_7B(32, 4096, 32_768, 32_768, 7_248_023_552L),
  MISTRAL_NEMO_12B(40, 5120, 131_072, 1_024_000, 12_247_782_400L);

  private static final int WIDE = 14_336;
  private static final int HEADS = 32;
  private static final int KV_HEADS = 8;
  private static final int HEAD_DIM = 128;

  private final int layers;
  private final int width;
  private final int vocabulary;
  private final int context;
  private final long parameters;

  /**
   * @param parameters their number according to the model's page on the hub
   */
  SparseCheckpoint(int layers, int width, int vocabulary, int context, long parameters) {
    this.layers = layers;
    this.width = width;
    this.vocabulary = vocabulary;
    this.context = context;
    this.parameters = parameters;
  }

  long parameters() {
    return parameters;
  }

  private static long count(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /**
   * The first and last number of a tensor, which BF16 and FP16 hold exactly and which differs from
   * tensor to tensor.
   */
  static float mark(String tensor) {
    return 1 + (tensor.hashCode() & 0x7f) / 128f;
  }

  /** Writes the files into an empty directory and opens them. */
  Checkpoint write(Path directory) throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    Path config = directory.resolve("config.json");
    Files.writeString(
        config,
        """
        {
          "architectures": ["MistralForCausalLM"],
          "model_type": "mistral",
          "num_hidden_layers": %d,
          "hidden_size": %d,
          "intermediate_size": %d,
          "num_attention_heads": %d,
          "num_key_value_heads": %d,
          "head_dim": %d,
          "vocab_size": %d,
          "max_position_embeddings": %d,
          "rms_norm_eps": 1e-05,
          "rope_theta": 1000000.0,
          "sliding_window": null,
          "hidden_act": "silu",
          "tie_word_embeddings": false,
          "eos_token_id": 2
        }
        """
            .formatted(layers, width, WIDE, HEADS, KV_HEADS, HEAD_DIM, vocabulary, context));
    Map<String, long[]> shapes =
        new ConfigReader(JsonFields.read(config), Set.of()).read().tensors().shapes();
    Path weights = directory.resolve("model.safetensors");
    try (FileChannel file =
        FileChannel.open(weights, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      JsonObject header = new JsonObject();
      long end = 0;
      for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
        JsonObject entry = new JsonObject();
        entry.addProperty("dtype", "BF16");
        entry.add("shape", array(tensor.getValue()));
        long next = end + Short.BYTES * count(tensor.getValue());
        entry.add("data_offsets", array(end, next));
        header.add(tensor.getKey(), entry);
        end = next;
      }
      byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
      ByteBuffer head = ByteBuffer.allocate(Long.BYTES + json.length);
      write(file, head.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).flip(), 0);
      long at = head.limit();
      for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
        write(file, mark16(tensor.getKey()), at);
        at += Short.BYTES * count(tensor.getValue());
        write(file, mark16(tensor.getKey()), at - Short.BYTES);
      }
    }
    return CheckpointFiles.open(directory);
  }

  private static JsonArray array(long... numbers) {
    JsonArray array = new JsonArray();
    for (long number : numbers) {
      array.add(number);
    }
    return array;
  }

  private static ByteBuffer mark16(String tensor) {
    return ByteBuffer.allocate(Short.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) (Float.floatToRawIntBits(mark(tensor)) >>> 16))
        .flip();
  }

  private static void write(FileChannel file, ByteBuffer content, long offset) throws IOException {
    long at = offset;
    while (content.hasRemaining()) {
      at += file.write(content, at);
    }
  }
}
