package dev.bookend.model.checkpoint.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.HalfFloat;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceCheckpointTest {
  private static final String CONFIG =
      """
      {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 12,
       "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 6,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "eos_token_id": 2}
      """;

  @TempDir private Path directory;
  private Map<String, long[]> shapes;

  @BeforeEach
  void writeConfig() throws IOException {
    Path file = Files.writeString(directory.resolve("config.json"), CONFIG);
    JsonFields json = new JsonFields(file, JsonParser.parseString(CONFIG).getAsJsonObject());
    shapes = new ConfigReader(json, Set.of()).read().tensors().shapes();
  }

  private void writeWeights(SafetensorsFixture file) throws IOException {
    Files.write(directory.resolve("model.safetensors"), file.write());
  }

  private String refusal() {
    return assertThrows(BookendException.class, () -> CheckpointFiles.open(directory)).getMessage();
  }

  @Test
  void opensOneFile() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      assertEquals(shapes.keySet(), checkpoint.tensorNames());
      ByteBuffer row = checkpoint.readRows("lm_head.weight", FloatType.F32, 3, 1);
      assertEquals(24f, row.getFloat());
      assertEquals(Set.of(2), checkpoint.config().endTokens());
    }
  }

  @Test
  void opensShards() throws IOException {
    SafetensorsFixture[] shards = {new SafetensorsFixture(), new SafetensorsFixture()};
    StringBuilder map = new StringBuilder();
    int next = 0;
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      shards[next % 2].counting(entry.getKey(), entry.getValue());
      map.append(next == 0 ? "" : ",")
          .append(String.format("\"%s\":\"part-%d.safetensors\"", entry.getKey(), next % 2));
      next++;
    }
    for (int shard = 0; shard < 2; shard++) {
      Files.write(directory.resolve("part-" + shard + ".safetensors"), shards[shard].write());
    }
    Path index = directory.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\":{" + map + "}}");
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      assertEquals(shapes.keySet(), checkpoint.tensorNames());
    }

    Files.writeString(index, "{\"weight_map\":{\"x\":\"../part-0.safetensors\"}}");
    assertTrue(refusal().contains("not in the same directory"));
  }

  @Test
  void aStoredTypeThatIsAskedForIsTheMappedFileItself() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      ByteBuffer view = checkpoint.read("lm_head.weight", FloatType.F32);
      assertTrue(view.isDirect() && view.isReadOnly(), "only a map is read-only");
      assertEquals(ByteOrder.nativeOrder(), view.order());
      assertEquals(0, view.position());
      assertEquals(6 * 8 * 4, view.remaining());
      assertEquals(47f, view.getFloat(47 * 4));
      ByteBuffer converted = checkpoint.read("lm_head.weight", FloatType.BF16);
      assertEquals(47f, HalfFloat.fromBf16(converted.getShort(47 * 2)));
    }
  }

  @Test
  void readsHalfPrecision() throws IOException {
    Map<String, long[]> others = new TreeMap<>(shapes);
    others.remove("model.norm.weight");
    byte[] values = new byte[16];
    ByteBuffer halves = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 8; i++) {
      halves.putShort(HalfFloat.toBf16(i * 0.5f));
    }
    writeWeights(
        SafetensorsFixture.of(others).tensor("model.norm.weight", "BF16", new long[] {8}, values));
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      assertEquals(3.5f, checkpoint.read("model.norm.weight", FloatType.F32).getFloat(28));
    }
  }

  @Test
  void readsGenerationConfigForFurtherEndTokens() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\":[1,5,99]}");
    assertEquals(Set.of(1, 2, 5), CheckpointFiles.open(directory).config().endTokens());
  }

  @Test
  void readsTheTokenizer() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(directory.resolve("tokenizer.json"), "{\"model\":{}}");
    Path settings = directory.resolve("tokenizer_config.json");
    Files.writeString(
        settings,
        """
        {"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>",
         "chat_template": [{"name": "tool_use", "template": "T"},
                           {"name": "default", "template": "D"}]}
        """);
    assertEquals(
        new TokenizerSource(
            "{\"model\":{}}",
            Optional.of(new TemplateSource(settings + ": chat_template", "D")),
            Map.of("bos_token", "<s>", "eos_token", "</s>")),
        CheckpointFiles.open(directory).tokenizer());

    Files.writeString(settings, "{\"chat_template\": \"S\", \"bos_token\": null}");
    TokenizerSource source = CheckpointFiles.open(directory).tokenizer();
    assertEquals("S", source.chatTemplate().orElseThrow().text());
    assertEquals(Map.of(), source.specialTokens());

    Path template = Files.writeString(directory.resolve("chat_template.jinja"), "J");
    assertEquals(
        Optional.of(new TemplateSource(template.toString(), "J")),
        CheckpointFiles.open(directory).tokenizer().chatTemplate());
  }

  @Test
  void specialTokensHaveTheNamesThatTransformersGivesThem() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(directory.resolve("tokenizer.json"), "{\"model\":{}}");
    Path settings = directory.resolve("tokenizer_config.json");
    String config =
        """
        {"pad_token": "<p>", "image_token": {"content": "<i>"}, "add_bos_token": true,
         "extra_special_tokens": {"audio": "<a>"}, "bos_token": "old" %s}
        """;
    Files.writeString(
        directory.resolve("special_tokens_map.json"),
        """
        {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false},
         "unk_token": "<u>", "additional_special_tokens": ["<x>"]}
        """);
    Files.writeString(settings, config.formatted(""));
    assertEquals(
        Map.of(
            "bos_token", "<s>",
            "eos_token", "</s>",
            "unk_token", "<u>",
            "pad_token", "<p>",
            "image_token", "<i>",
            "audio", "<a>"),
        CheckpointFiles.open(directory).tokenizer().specialTokens());

    // The newer form of the settings says it all.
    Files.writeString(settings, config.formatted(", \"added_tokens_decoder\": {}"));
    assertEquals(
        Map.of("bos_token", "old", "pad_token", "<p>", "image_token", "<i>", "audio", "<a>"),
        CheckpointFiles.open(directory).tokenizer().specialTokens());
  }

  @Test
  void theTokenizerKnowsSpecialTokensOfTheMap() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"added_tokens": [{"id": 2, "content": "</s>", "special": false}],
         "model": {"vocab": {"<s>": 1, "</s>": 2, "<x>": 3, "a": 4}}}
        """);
    Files.writeString(
        directory.resolve("special_tokens_map.json"),
        """
        {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<none>",
         "additional_special_tokens": [{"content": "<x>"}]}
        """);
    JsonArray added =
        JsonParser.parseString(CheckpointFiles.open(directory).tokenizer().tokenizerJson())
            .getAsJsonObject()
            .getAsJsonArray("added_tokens");
    Map<String, Integer> special = new TreeMap<>();
    for (JsonElement token : added) {
      assertTrue(token.getAsJsonObject().get("special").getAsBoolean());
      special.put(
          token.getAsJsonObject().get("content").getAsString(),
          token.getAsJsonObject().get("id").getAsInt());
    }
    assertEquals(Map.of("<s>", 1, "</s>", 2, "<x>", 3), special);
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    assertTrue(refusal().contains("neither model.safetensors nor its index"));
    writeWeights(SafetensorsFixture.of(shapes));
    Checkpoint checkpoint = CheckpointFiles.open(directory);
    assertTrue(
        assertThrows(BookendException.class, checkpoint::tokenizer)
            .getMessage()
            .contains("tokenizer.json: no such file"));
    Files.delete(directory.resolve("config.json"));
    assertTrue(refusal().contains("config.json: no such file"));
  }

  @Test
  void refusesOffsetsThatDoNotFit() throws IOException {
    int end =
        shapes.values().stream().mapToInt(s -> (int) (s[0] * (s.length > 1 ? s[1] : 1))).sum() * 4;
    for (long[] offsets :
        new long[][] {
          {0, 8},
          {end + 8, end + 16},
          {end, end + 8},
          {end, end + 4},
          {-8, 0},
          {end, Long.MAX_VALUE}
        }) {
      writeWeights(
          SafetensorsFixture.of(shapes)
              .entry(
                  "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":"
                      + Arrays.toString(offsets)
                      + "}"));
      refusal();
    }
  }

  @Test
  void refusesShapesThatOverflow() throws IOException {
    writeWeights(
        SafetensorsFixture.of(shapes)
            .entry(
                "\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
                    + "\"data_offsets\":[0,0]}"));
    assertTrue(refusal().contains("tensor x"));
  }

  @Test
  void refusesOtherTypesByName() throws IOException {
    writeWeights(
        SafetensorsFixture.of(shapes)
            .tensor("model.layers.0.mlp.qweight", "I32", new long[] {1}, new byte[4]));
    assertTrue(refusal().contains("model.layers.0.mlp.qweight is stored as I32"));
  }
}
