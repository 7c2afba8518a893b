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
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
    TokenizerSource source = CheckpointFiles.open(directory).tokenizer();
    assertEquals("{\"model\":{}}", source.tokenizer().text());
    assertEquals(
        Optional.of(new TemplateSource(settings + ": chat_template", "D")), source.chatTemplate());
    assertEquals(
        Optional.of(new TemplateSource(settings + ": chat_template", "T")), source.toolTemplate());
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "</s>"), source.specialTokens());

    Files.writeString(settings, "{\"chat_template\": \"S\", \"bos_token\": null}");
    source = CheckpointFiles.open(directory).tokenizer();
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
  void aTokenizersClassHasSpecialTokensByItself() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(directory.resolve("tokenizer.json"), "{\"model\":{}}");
    Path settings = directory.resolve("tokenizer_config.json");
    Files.writeString(
        settings,
        "{\"tokenizer_class\": \"LlamaTokenizerFast\", \"eos_token\": \"<end>\","
            + " \"unk_token\": null}");
    assertEquals(
        Map.of("bos_token", "<s>", "eos_token", "<end>"),
        CheckpointFiles.open(directory).tokenizer().specialTokens());
    Files.writeString(settings, "{\"tokenizer_class\": \"GPT2Tokenizer\"}");
    assertEquals(
        Set.of("<|endoftext|>"),
        Set.copyOf(CheckpointFiles.open(directory).tokenizer().specialTokens().values()));
    Files.writeString(settings, "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}");
    assertEquals(Map.of(), CheckpointFiles.open(directory).tokenizer().specialTokens());
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
        JsonParser.parseString(CheckpointFiles.open(directory).tokenizer().tokenizer().text())
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
    assertTrue(refusal().contains("there is no config.json in it"));
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
    Map<String, long[]> others = new TreeMap<>(shapes);
    String needed = "model.layers.0.mlp.up_proj.weight";
    others.remove(needed);
    writeWeights(
        SafetensorsFixture.of(others).tensor(needed, "I8", new long[] {12, 8}, new byte[96]));
    assertTrue(refusal().contains(needed + " is stored as I8"), refusal());
  }

  @Test
  void tensorsThatNobodyNeedsMayBeOfAnyKind() throws IOException {
    writeWeights(
        SafetensorsFixture.of(shapes)
            .tensor("spare.i64", "I64", new long[] {2}, new byte[16])
            .tensor("spare.bool", "BOOL", new long[] {3}, new byte[3])
            .tensor("spare.f4", "F4", new long[] {3, 2}, new byte[3])
            .tensor("spare.scalar", "F32", new long[] {}, new byte[4])
            .tensor("spare.empty", "F32", new long[] {0, 7}, new byte[0])
            .tensor("model.layers.0.mask", "BOOL", new long[] {1, 1}, new byte[1])
            .tensor("model.layers.1.empty", "BF16", new long[] {0}, new byte[0]));
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      assertEquals(shapes.keySet(), checkpoint.tensorNames());
    }
  }

  @Test
  void whatAModelWouldComputeWithIsNotSpare() throws IOException {
    for (String name :
        new String[] {
          "model.layers.0.mlp.up_proj.weight_scale", "lm_head.bias", "model.norm.bias"
        }) {
      for (String type : new String[] {"F32", "F64"}) {
        int bytes = type.equals("F32") ? 4 : 8;
        writeWeights(
            SafetensorsFixture.of(shapes).tensor(name, type, new long[] {}, new byte[bytes]));
        assertTrue(refusal().contains(name + " has no place"), refusal());
      }
    }
  }

  @Test
  void ofTwoCopiesInShardsTheOneCountsThatTheIndexNames() throws IOException {
    SafetensorsFixture first = SafetensorsFixture.of(shapes);
    SafetensorsFixture second =
        new SafetensorsFixture().tensor("model.norm.weight", "F32", new long[] {8}, new byte[32]);
    Files.write(directory.resolve("a.safetensors"), first.write());
    Files.write(directory.resolve("b.safetensors"), second.write());
    for (String named : new String[] {"a", "b"}) {
      String map =
          shapes.keySet().stream()
              .map(
                  name ->
                      "\"%s\":\"%s.safetensors\""
                          .formatted(name, name.equals("model.norm.weight") ? named : "a"))
              .collect(Collectors.joining(","));
      Files.writeString(
          directory.resolve("model.safetensors.index.json"),
          "{\"weight_map\":{" + map + ",\"x\":\"b.safetensors\"}}");
      try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
        float last = checkpoint.read("model.norm.weight", FloatType.F32).getFloat(28);
        assertEquals(named.equals("a") ? 7 : 0, last);
      }
    }
  }

  private SafetensorsFixture renamed(UnaryOperator<String> rename) {
    SafetensorsFixture file = new SafetensorsFixture();
    shapes.forEach((name, shape) -> file.counting(rename.apply(name), shape));
    return file;
  }

  @Test
  void namesWithoutTheModelsPrefixAreFound() throws IOException {
    writeWeights(renamed(name -> name));
    String fingerprint = CheckpointFiles.open(directory).fingerprint();
    writeWeights(renamed(name -> name.replaceFirst("^model\\.", "")));
    assertEquals(fingerprint, CheckpointFiles.open(directory).fingerprint());
    writeWeights(renamed(name -> name.startsWith("lm_head") ? "model." + name : name));
    assertEquals(fingerprint, CheckpointFiles.open(directory).fingerprint());
    writeWeights(
        renamed(name -> name.replaceFirst("^model\\.", ""))
            .counting("layers.0.self_attn.o_proj.bias", 8));
    assertTrue(refusal().contains("model.layers.0.self_attn.o_proj.bias has no place"), refusal());
  }

  @Test
  void theErrorForAMissingTensorSaysWhatIsThere() throws IOException {
    writeWeights(renamed(name -> name.replace("gate_proj", "w1")));
    assertTrue(refusal().contains("gate_proj.weight is missing; there are"), refusal());
    writeWeights(renamed(name -> "transformer." + name.replace("model.", "")));
    assertTrue(refusal().contains("transformer."), refusal());
    assertTrue(refusal().contains("not the names of the transformers library"), refusal());
    writeWeights(
        renamed(name -> name.replace("0.self_attn.q_proj.weight", "0.self_attn.q_proj.qweight")));
    assertTrue(refusal().contains("there is model.layers.0.self_attn.q_proj.qweight"), refusal());
    writeWeights(new SafetensorsFixture());
    assertTrue(refusal().contains("no tensor at all"), refusal());
  }

  @Test
  void anEndOfTextThatIsNoTokenIsIgnoredWithAWord() throws IOException {
    writeWeights(SafetensorsFixture.of(shapes));
    Files.writeString(
        directory.resolve("generation_config.json"), "{\"eos_token_id\":[4294967295, 1]}");
    try (Checkpoint checkpoint = CheckpointFiles.open(directory)) {
      assertEquals(Set.of(1, 2), checkpoint.config().endTokens());
      assertTrue(checkpoint.remarks().get(0).contains("eos_token_id"), checkpoint.remarks().get(0));
    }
  }
}
