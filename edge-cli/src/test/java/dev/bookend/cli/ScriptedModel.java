package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.RandomCheckpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model that says what a test wants: each message is a token, and after each token comes the next
 * of its answer. It is a Llama like any other, whose layers add nothing, whose embedding gives each
 * token a dimension of its own, and whose LM head leads from each to the next.
 */
final class ScriptedModel {
  private static final int HEAD = 16;
  private static final float SURE = 10;

  private ScriptedModel() {}

  /**
   * Writes a model.
   *
   * @param answers by message, in pieces that are tokens; each piece must be of its own, and the
   *     message {@code ""} stands for all others
   */
  static void write(Path directory, Map<String, List<String>> answers) throws IOException {
    List<String> words = new ArrayList<>(List.of("<unknown>", "</s>"));
    List<int[]> follows = new ArrayList<>();
    for (Map.Entry<String, List<String>> answer : answers.entrySet()) {
      int token = 0;
      if (!answer.getKey().isEmpty()) {
        token = words.size();
        words.add(answer.getKey());
      }
      for (String piece : answer.getValue()) {
        if (words.contains(piece)) {
          throw new IllegalArgumentException("'" + piece + "' is there twice");
        }
        follows.add(new int[] {token, words.size()});
        token = words.size();
        words.add(piece);
      }
      follows.add(new int[] {token, 1});
    }
    int width = (words.size() + HEAD - 1) / HEAD * HEAD;
    Files.write(directory.resolve("model.safetensors"), weights(words.size(), width, follows));
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "llama", "num_hidden_layers": 4, "hidden_size": %d, "intermediate_size": 8,
         "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "vocab_size": %d,
         "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000,
         "eos_token_id": 1, "tie_word_embeddings": false}
        """
            .formatted(width, words.size()));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"chat_template\": \"{{ messages[-1]['content'] }}\", \"eos_token\": \"</s>\"}");
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer(words));
  }

  private static String tokenizer(List<String> words) {
    JsonObject vocabulary = new JsonObject();
    for (String word : words) {
      vocabulary.addProperty(word, vocabulary.size());
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "WordLevel");
    model.addProperty("unk_token", "<unknown>");
    model.add("vocab", vocabulary);
    JsonObject fuse = new JsonObject();
    fuse.addProperty("type", "Fuse");
    JsonObject tokenizer = new JsonObject();
    tokenizer.add("model", model);
    tokenizer.add("decoder", fuse);
    return tokenizer.toString();
  }

  private static byte[] weights(int vocabulary, int width, List<int[]> follows) {
    RandomCheckpoint shapes =
        new RandomCheckpoint(
            1,
            new ModelConfig(
                Architecture.LLAMA,
                Set.of(),
                4,
                width,
                8,
                2,
                1,
                HEAD,
                vocabulary,
                4096,
                1e-5,
                new RotaryEmbedding(List.of(1.0)),
                OptionalInt.empty(),
                Set.of(1)));
    JsonObject header = new JsonObject();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    List<String> names = new ArrayList<>(shapes.tensorNames());
    if (!names.contains("lm_head.weight")) {
      names.add("lm_head.weight");
    }
    for (String name : names) {
      boolean table = name.equals("lm_head.weight") || name.contains("embed_tokens");
      long[] shape = table ? new long[] {vocabulary, width} : shapes.shape(name);
      float[] values = new float[(int) (shape[0] * (shape.length > 1 ? shape[1] : 1))];
      if (name.contains("norm")) {
        java.util.Arrays.fill(values, 1);
      } else if (name.equals("lm_head.weight")) {
        follows.forEach(pair -> values[pair[1] * width + pair[0]] = SURE);
      } else if (table) {
        for (int i = 0; i < vocabulary; i++) {
          values[i * width + i] = 1;
        }
      }
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", FloatType.F32.name());
      entry.add("shape", array(shape));
      entry.add("data_offsets", array(data.size(), data.size() + 4L * values.length));
      header.add(name, entry);
      ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      data.writeBytes(bytes.array());
    }
    byte[] json = header.toString().getBytes(UTF_8);
    return ByteBuffer.allocate(Long.BYTES + json.length + data.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data.toByteArray())
        .array();
  }

  private static JsonArray array(long... numbers) {
    JsonArray array = new JsonArray();
    for (long number : numbers) {
      array.add(number);
    }
    return array;
  }
}
