package dev.bookend.model.checkpoint.eagle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.Oracle;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads that do not fit are told by file and tensor. */
class EagleHeadTest {
  private static final int WIDTH = 32;

  @TempDir Path directory;

  private final Map<String, int[]> tensors = new TreeMap<>();
  private JsonObject config;
  private ModelConfig model;

  @BeforeEach
  void makeHead() throws Exception {
    config =
        JsonParser.parseString(
                Files.readString(Oracle.directory("eagle/llama").resolve("config.json")))
            .getAsJsonObject();
    try (Checkpoint base = CheckpointFiles.open(Oracle.directory("families/llama-tied"))) {
      model = base.config();
    }
    tensors.put("fc.weight", new int[] {WIDTH, 2 * WIDTH});
    for (String name : new String[] {"q", "k", "v", "o"}) {
      tensors.put("layers.0.self_attn." + name + "_proj.weight", new int[] {WIDTH, WIDTH});
    }
    tensors.put("layers.0.mlp.gate_proj.weight", new int[] {40, WIDTH});
    tensors.put("layers.0.mlp.up_proj.weight", new int[] {40, WIDTH});
    tensors.put("layers.0.mlp.down_proj.weight", new int[] {WIDTH, 40});
    tensors.put("layers.0.post_attention_layernorm.weight", new int[] {WIDTH});
  }

  private Checkpoint open() throws Exception {
    Files.writeString(directory.resolve("config.json"), config.toString());
    Map<String, Object> header = new TreeMap<>();
    int end = 0;
    for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
      int begin = end;
      end += Float.BYTES * Arrays.stream(tensor.getValue()).reduce(1, (a, b) -> a * b);
      header.put(
          tensor.getKey(),
          Map.of(
              "dtype", "F32", "shape", tensor.getValue(), "data_offsets", new int[] {begin, end}));
    }
    byte[] text = new Gson().toJson(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Long.BYTES + text.length + end).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    Files.write(directory.resolve("model.safetensors"), file.array());
    return EagleHead.open(directory, model);
  }

  private void assertRefused(ErrorCode code, String message) {
    BookendException failure = assertThrows(BookendException.class, () -> open().close());
    assertTrue(
        failure.getMessage().startsWith(directory.toString())
            && failure.getMessage().contains(message),
        failure.getMessage());
    assertEquals(code, failure.code());
  }

  @Test
  void aHeadOpensWithItsLayerByTheNamesOfAModels() throws Exception {
    tensors.put("embed_tokens.weight", new int[] {100, WIDTH});
    tensors.put("layers.0.self_attn.rotary_emb.inv_freq", new int[] {4});
    config.remove("max_position_embeddings");
    config.remove("model_type");
    try (Checkpoint head = open()) {
      assertEquals(1, head.config().layers());
      assertTrue(head.tensorNames().contains("model.layers.0.self_attn.q_proj.weight"));
      assertTrue(head.config().slidingWindow().isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fc.weight,MODEL_UNSUPPORTED,is no EAGLE head: there is no tensor fc.weight",
    "layers.0.self_attn.k_proj.weight,MODEL_DAMAGED,"
        + "model.safetensors: tensor layers.0.self_attn.k_proj.weight is missing",
    "layers.0.post_attention_layernorm.weight,MODEL_DAMAGED,"
        + "tensor layers.0.post_attention_layernorm.weight is missing"
  })
  void aMissingTensorIsNamed(String tensor, ErrorCode code, String message) {
    tensors.remove(tensor);
    assertRefused(code, message);
  }

  @ParameterizedTest
  @CsvSource({
    "midlayer.hidden_norm.weight,32,tensor midlayer.hidden_norm.weight makes this an EAGLE-3 head",
    "d2t,100,tensor d2t makes this an EAGLE-3 head",
    "layers.1.mlp.up_proj.weight,32,tensor layers.1.mlp.up_proj.weight is of a second layer",
    "layers.0.mlp.up_proj.bias,40,tensor layers.0.mlp.up_proj.bias has no place",
    "embedding_layernorm.weight,32,tensor embedding_layernorm.weight has no place",
  })
  void aTensorOfAnotherKindOfHeadIsNamed(String tensor, int size, String message) {
    tensors.put(tensor, new int[] {size});
    assertRefused(ErrorCode.MODEL_UNSUPPORTED, message);
  }

  @Test
  void threeFeaturesMakeAnotherKindOfHead() {
    tensors.put("fc.weight", new int[] {WIDTH, 3 * WIDTH});
    assertRefused(ErrorCode.MODEL_UNSUPPORTED, "tensor fc.weight makes this an EAGLE-3 head");
  }

  @Test
  void aModelIsNoHead() throws Exception {
    BookendException failure =
        assertThrows(
            BookendException.class,
            () -> EagleHead.open(Oracle.directory("families/llama-tied"), model));
    assertTrue(failure.getMessage().contains("is no EAGLE head"), failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "hidden_size,64,config.json: hidden_size 64\\, but the model has 32",
    "vocab_size,128,config.json: vocab_size 128\\, but the model has 100",
  })
  void aHeadForAnotherModelIsToldByItsConfiguration(String field, int value, String message) {
    config.addProperty(field, value);
    assertRefused(ErrorCode.DRAFT_MODEL_UNSUITABLE, message.replace("\\", ""));
  }

  @Test
  void aHeadForAnotherModelIsToldByItsTensors() {
    tensors.put("embed_tokens.weight", new int[] {128, WIDTH});
    assertRefused(
        ErrorCode.DRAFT_MODEL_UNSUITABLE,
        "tensor embed_tokens.weight has 128, but the model has 100 rows");
  }

  @Test
  void aTensorOfAnotherShapeIsNamed() {
    tensors.put("layers.0.mlp.down_proj.weight", new int[] {WIDTH, 48});
    assertRefused(
        ErrorCode.MODEL_DAMAGED,
        "tensor layers.0.mlp.down_proj.weight has shape [32, 48], but the configuration implies"
            + " [32, 40]");
  }

  @Test
  void layersByTheDozenAreNoHead() {
    config.addProperty("num_hidden_layers", 12);
    assertRefused(ErrorCode.MODEL_UNSUPPORTED, "config.json: num_hidden_layers is 12");
  }

  @Test
  void aDirectoryWithoutWeightsIsTold() throws Exception {
    Files.writeString(directory.resolve("config.json"), config.toString());
    BookendException failure =
        assertThrows(BookendException.class, () -> EagleHead.open(directory, model));
    assertEquals(ErrorCode.MODEL_NOT_FOUND, failure.code());
    assertTrue(
        failure.getMessage().contains("neither model.safetensors nor pytorch_model.bin"),
        failure.getMessage());
  }

  @Test
  void aHeadMaySayWhichTokensItWasTaught() throws Exception {
    open().close();
    assertTrue(EagleHead.shortlist(directory, model.vocabularySize()).isEmpty());
    config.add("shortlist", JsonParser.parseString("[5, 0, 7]"));
    open().close();
    assertArrayEquals(
        new int[] {5, 0, 7}, EagleHead.shortlist(directory, model.vocabularySize()).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[1, 1]",
        "[-1]",
        "[100000]",
        "[1.5]",
        "[99999999999]",
        "3",
        "[\"x\"]",
        "{}"
      })
  void aListThatMakesNoSenseIsRefused(String list) throws Exception {
    config.add("shortlist", JsonParser.parseString(list));
    open().close();
    BookendException failure =
        assertThrows(
            BookendException.class, () -> EagleHead.shortlist(directory, model.vocabularySize()));
    assertEquals(ErrorCode.MODEL_DAMAGED, failure.code());
    assertTrue(failure.getMessage().contains("shortlist"), failure.getMessage());
  }
}
