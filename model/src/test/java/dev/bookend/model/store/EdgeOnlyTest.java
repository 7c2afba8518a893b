package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.gguf.GgufFixture;
import dev.bookend.model.checkpoint.part.PartialModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an edge needs of a model is fetched, and nothing else, from a hub that counts bytes. */
class EdgeOnlyTest {
  private static final Progress SILENT = (what, done, total) -> {};

  @TempDir Path home;
  private final FakeHub hub = new FakeHub();
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void start() {
    variables.put("HF_ENDPOINT", hub.endpoint());
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private ModelStore store() {
    return new ModelStore(variables, home);
  }

  private void put(String file, String content) {
    hub.files.put(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** A family's tiny model, as it is in the resources of this module. */
  private Path family(String name) throws IOException {
    Path directory = Path.of("src/test/resources/oracle/families", name);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        hub.files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    put("tokenizer.json", "{}");
    put("tokenizer_config.json", "{}");
    return directory;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static int layers(Set<String> tensors) {
    return (int) tensors.stream().filter(name -> name.endsWith("input_layernorm.weight")).count();
  }

  /** Every tensor that is there is the whole model's, and the fingerprint is. */
  private static void assertPartOf(Path parts, Path whole, int layers) {
    try (Checkpoint some = CheckpointFiles.open(parts);
        Checkpoint all = CheckpointFiles.open(whole)) {
      assertEquals(all.fingerprint(), some.fingerprint());
      assertEquals(all.config(), some.config());
      assertEquals(layers, layers(some.tensorNames()));
      for (String tensor : some.tensorNames()) {
        assertArrayEquals(all.shape(tensor), some.shape(tensor), tensor);
        assertArrayEquals(
            bytes(all.read(tensor, FloatType.F32)),
            bytes(some.read(tensor, FloatType.F32)),
            tensor);
      }
    }
  }

  private static String missing(Path parts, int from, int to) {
    try (Checkpoint some = CheckpointFiles.open(parts)) {
      BookendException failure =
          assertThrows(BookendException.class, () -> some.requireLayers(from, to));
      assertEquals(ErrorCode.MODEL_INCOMPLETE, failure.code());
      return failure.getMessage();
    }
  }

  private void assertAsPlanned(long planned) {
    assertTrue(hub.sent.get() <= planned * 1.01, hub.sent + " of " + planned);
    assertTrue(hub.sent.get() >= planned * 0.99, hub.sent + " of " + planned);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-untied-sharded", "llama-tied", "llama-bf16", "qwen3"})
  void theEdgesTensorsAreFetchedAndNoOthers(String name) throws IOException {
    Path whole = family(name);
    int total;
    try (Checkpoint all = CheckpointFiles.open(whole)) {
      total = all.config().layers();
    }
    EdgeLayers layers = new EdgeLayers(1, 1);
    long planned = store().describe("owner/name", SILENT).edgeDownload(layers);
    hub.sent.set(0);
    Path parts = store().resolveEdge("owner/name", layers, SILENT);
    assertAsPlanned(planned);
    assertPartOf(parts, whole, 2);
    assertEquals(parts, store().resolve("owner/name", SILENT));
    assertTrue(missing(parts, 0, total).contains("of owner/name are not on this machine"));
    if (total > 3) {
      hub.sent.set(0);
      assertEquals(parts, store().resolveEdge("owner/name", new EdgeLayers(2, 1), SILENT));
      assertPartOf(parts, whole, 3);
      long layer = PartialModel.read(parts).parts().layers().get(1).bytes();
      assertEquals(layer, hub.sent.get(), "one more layer, and no header");
    }
    hub.sent.set(0);
    store().resolveEdge("owner/name", layers, SILENT);
    assertEquals(0, hub.sent.get());
  }

  @Test
  void theFilesAreNotTakenForTheModel() throws IOException {
    family("llama-tied");
    Path parts = store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT);
    try (Stream<Path> files = Files.list(parts)) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertTrue(names.contains("layer-0000.safetensors"), names.toString());
      assertFalse(names.contains("model.safetensors"), names.toString());
      assertFalse(names.stream().anyMatch(name -> name.endsWith(".part")), names.toString());
    }
    assertTrue(Files.readString(parts.resolve("edge.json")).contains("not the whole model"));
    assertEquals("owner/name", store().list().get(0).name());
    store().remove("owner/name");
    assertEquals(List.of(), store().list());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ggufFilesLikewise(boolean inParts) throws IOException {
    GgufFixture model =
        GgufFixture.llama(4).counting("output.weight", 6, 8).counting("rope_freqs.weight", 2);
    model.floats("rope_freqs.weight", List.of(2L), 1, 4);
    Path whole = home.resolve("whole.gguf");
    Files.write(whole, model.write());
    if (inParts) {
      String name = "m-0000%d-of-00002.gguf";
      GgufFixture first = GgufFixture.llama(4).with("split.count", 2).with("split.no", 0);
      GgufFixture second = new GgufFixture().with("split.count", 2).with("split.no", 1);
      first.floats("rope_freqs.weight", List.of(2L), 1, 4);
      second.counting("output.weight", 6, 8);
      GgufFixture.llama(4).tensorNames().stream()
          .filter(tensor -> tensor.startsWith("blk.2.") || tensor.startsWith("blk.3."))
          .forEach(tensor -> second.move(tensor, first));
      hub.files.put(name.formatted(1), first.write());
      hub.files.put(name.formatted(2), second.write());
    } else {
      hub.files.put("m-Q4_K_M.gguf", model.write());
      put("other.gguf", "other");
    }
    EdgeLayers layers = new EdgeLayers(1, 2);
    long planned = store().describe("owner/name", SILENT).edgeDownload(layers);
    hub.sent.set(0);
    Path parts = store().resolveEdge("owner/name", layers, SILENT);
    assertAsPlanned(planned);
    assertPartOf(parts, whole, 3);
    assertTrue(missing(parts, 1, 2).startsWith("layer 1 of owner/name"), missing(parts, 1, 2));
    hub.sent.set(0);
    store().resolveEdge("owner/name", new EdgeLayers(0, 3), SILENT);
    assertEquals(PartialModel.read(parts).parts().layers().get(1).bytes(), hub.sent.get());
    try (Checkpoint some = CheckpointFiles.open(parts);
        Checkpoint all = CheckpointFiles.open(whole)) {
      assertEquals(all.tokenizer(), some.tokenizer());
    }
    Path fetched = store().resolveWhole("owner/name", SILENT);
    try (Checkpoint some = CheckpointFiles.open(fetched);
        Checkpoint all = CheckpointFiles.open(whole)) {
      assertEquals(all.fingerprint(), some.fingerprint());
      assertEquals(4, layers(some.tensorNames()));
    }
    assertFalse(Files.exists(parts), "all of it is here");
  }

  @Test
  void goesOnAfterBreaks() throws IOException {
    Path whole = family("llama-untied-sharded");
    hub.cuts.set(3);
    Path parts = store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT);
    assertPartOf(parts, whole, 2);
  }

  @Test
  void theStorageIsAskedDirectlyWithoutTheToken() throws IOException {
    Path whole = family("llama-untied-sharded");
    variables.put("HF_TOKEN", "secret");
    Path parts = store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT);
    assertPartOf(parts, whole, 2);
    assertTrue(hub.requested("/blob/") > 3 * hub.requested("/resolve/0"), "redirects are kept");
    assertEquals(hub.requests.size() - hub.requested("/blob/"), hub.requested("Bearer secret"));
  }

  @Test
  void anAddressInTheStorageMayExpire() throws IOException {
    Path whole = family("llama-tied");
    EdgeLayers layers = new EdgeLayers(1, 1);
    AtomicBoolean told = new AtomicBoolean();
    Path parts =
        store()
            .resolveEdge(
                "owner/name",
                layers,
                (what, done, total) -> {
                  if (total > 0 && !told.getAndSet(true)) { // the headers are here
                    hub.expired.set(1);
                  }
                });
    assertTrue(told.get() && hub.expired.get() <= 0);
    assertPartOf(parts, whole, 2);
  }

  @Test
  void damagedPartsAreRefusedByName() throws IOException {
    family("llama-tied");
    Path parts = store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT);
    Path layer = parts.resolve("layer-0000.safetensors");
    byte[] whole = Files.readAllBytes(layer);
    Files.write(layer, Arrays.copyOf(whole, whole.length - 1));
    assertDamaged(parts, "layer-0000.safetensors");
    Files.write(layer, Files.readAllBytes(parts.resolve("output.safetensors")));
    assertDamaged(parts, "is not as the model has it");
    Files.write(layer, whole);
    Path note = parts.resolve("edge.json");
    String text = Files.readString(note);
    for (String damaged :
        List.of(
            "",
            "[]",
            "{}",
            text.replace("model.safetensors", ".."),
            text.replace("\"version\": 1", "\"version\": 2"))) {
      Files.writeString(note, damaged);
      assertDamaged(parts, "edge.json");
    }
    Files.writeString(note, text);
    Files.write(parts.resolve("model.safetensors.header"), new byte[9]);
    assertDamaged(parts, "impossible length");
  }

  private static void assertDamaged(Path parts, String why) {
    BookendException failure =
        assertThrows(BookendException.class, () -> CheckpointFiles.open(parts).close());
    assertEquals(ErrorCode.MODEL_DAMAGED, failure.code());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
  }

  @Test
  void aHubWithoutRangesIsRefused() throws IOException {
    family("llama-tied");
    hub.ignoresRanges = true;
    BookendException failure =
        assertThrows(
            BookendException.class,
            () -> store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT));
    assertEquals(ErrorCode.HUB_FAILED, failure.code());
    assertTrue(failure.getMessage().contains("parts of"), failure.getMessage());
  }

  @Test
  void aSplitThatLeavesNoMiddleIsRefusedBeforeAnythingIsFetched() throws IOException {
    family("llama-tied");
    BookendException failure =
        assertThrows(
            BookendException.class,
            () -> store().resolveEdge("owner/name", new EdgeLayers(40, 40), SILENT));
    assertEquals(ErrorCode.SPLIT_DOES_NOT_FIT, failure.code());
    assertEquals(2, hub.requested("/blob/model.safetensors"), "the header alone");
  }

  @Test
  void aWholeModelIsEnough() throws IOException {
    family("llama-tied");
    Path whole = store().resolveWhole("owner/name", SILENT);
    long sent = hub.sent.get();
    assertEquals(whole, store().resolveEdge("owner/name", new EdgeLayers(1, 1), SILENT));
    assertEquals(sent, hub.sent.get());
  }

  /** Llama 2 7B's geometry, its widths divided, in three shards of BF16 zeros. */
  private void vast(int scale, int layers) {
    int hidden = 4096 / scale;
    int wide = 11_008 / scale;
    int vocabulary = 32_000 / scale;
    put(
        "config.json",
        """
        {"model_type": "llama", "num_hidden_layers": %d, "hidden_size": %d,
         "intermediate_size": %d, "num_attention_heads": 32, "num_key_value_heads": 32,
         "vocab_size": %d, "max_position_embeddings": 4096, "rms_norm_eps": 1e-05,
         "hidden_act": "silu", "tie_word_embeddings": false}
        """
            .formatted(layers, hidden, wide, vocabulary));
    put("tokenizer.json", "{}");
    put("tokenizer_config.json", "{}");
    List<Map<String, long[]>> shards = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
    shards.get(0).put("model.embed_tokens.weight", new long[] {vocabulary, hidden});
    for (int layer = 0; layer < layers; layer++) {
      Map<String, long[]> shard = shards.get(3 * layer / (layers + 1));
      String prefix = "model.layers." + layer + ".";
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        shard.put(prefix + "self_attn." + name + ".weight", new long[] {hidden, hidden});
      }
      shard.put(prefix + "mlp.gate_proj.weight", new long[] {wide, hidden});
      shard.put(prefix + "mlp.up_proj.weight", new long[] {wide, hidden});
      shard.put(prefix + "mlp.down_proj.weight", new long[] {hidden, wide});
      shard.put(prefix + "input_layernorm.weight", new long[] {hidden});
      shard.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
    }
    shards.get(2).put("model.norm.weight", new long[] {hidden});
    shards.get(2).put("lm_head.weight", new long[] {vocabulary, hidden});
    List<String> index = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String file = "model-0000%d-of-00003.safetensors".formatted(i + 1);
      StringBuilder header = new StringBuilder("{");
      long end = 0;
      for (String name : new TreeSet<>(shards.get(i).keySet())) {
        long[] shape = shards.get(i).get(name);
        long bytes = 2;
        for (long dimension : shape) {
          bytes *= dimension;
        }
        header
            .append(header.length() == 1 ? "" : ",")
            .append("\"%s\":{\"dtype\":\"BF16\",\"shape\":".formatted(name))
            .append(Arrays.toString(shape))
            .append(",\"data_offsets\":[%d,%d]}".formatted(end, end + bytes));
        end += bytes;
        index.add("\"%s\":\"%s\"".formatted(name, file));
      }
      byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
      ByteBuffer begin = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
      begin.putLong(json.length).put(json);
      hub.files.put(file, begin.array());
      hub.sizes.put(file, 8 + json.length + end);
    }
    put("model.safetensors.index.json", "{\"weight_map\":{" + String.join(",", index) + "}}");
  }

  private void assertVast(EdgeLayers layers) throws IOException {
    ModelDescription description = store().describe("owner/name", SILENT);
    long planned = description.edgeDownload(layers);
    assertTrue(hub.sent.get() < 200_000, "a plan reads headers alone: " + hub.sent.get());
    hub.sent.set(0);
    Path parts = store().resolveEdge("owner/name", layers, SILENT);
    assertAsPlanned(planned);
    try (Checkpoint some = CheckpointFiles.open(parts)) {
      assertEquals(layers.lower() + layers.upper(), layers(some.tensorNames()));
    }
  }

  @Test
  void aLargeFileThatCannotRunIsNotFetched() {
    GgufFixture model = GgufFixture.llama(2).tensor("blk.1.ffn_up.weight", 23, List.of(12L, 8L));
    hub.files.put("m.gguf", model.write());
    hub.sizes.put("m.gguf", 100L << 20);
    BookendException failure =
        assertThrows(BookendException.class, () -> store().resolve("owner/name", SILENT));
    assertEquals(ErrorCode.MODEL_UNSUPPORTED, failure.code());
    assertTrue(failure.getMessage().contains("IQ4_XS"), failure.getMessage());
    assertEquals(1 << 20, hub.sent.get(), "the header's first try alone");
  }

  @Test
  void aLargeModelsEdgeIsSmall() throws IOException {
    vast(32, 8);
    assertVast(new EdgeLayers(2, 2));
  }

  @Test
  @Tag("slow")
  void theEdgeOfSevenBillionParametersIsBelowTwoGigabytes() throws IOException {
    vast(1, 32);
    ModelDescription description = store().describe("owner/name", SILENT);
    hub.sent.set(0);
    assertEquals(6_738_415_616L, description.weights() / 2, "as its page on the hub says");
    assertTrue(description.edgeDownload(new EdgeLayers(1, 2)) < 2_000_000_000L);
    assertVast(new EdgeLayers(1, 2));
  }
}
