package dev.bookend.model.checkpoint.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.Trait;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.HalfFloat;
import dev.bookend.model.store.CheckpointFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufCheckpointTest {
  @TempDir private Path directory;

  private Checkpoint open(GgufFixture fixture) throws IOException {
    Path file = Files.createTempFile(directory, "model", ".gguf");
    return CheckpointFiles.open(Files.write(file, fixture.write()));
  }

  private String refusal(GgufFixture fixture) {
    return assertThrows(BookendException.class, () -> open(fixture)).getMessage();
  }

  private static float[] floats(ByteBuffer buffer) {
    assertTrue(buffer.isDirect());
    assertEquals(ByteOrder.nativeOrder(), buffer.order());
    assertEquals(0, buffer.position());
    float[] values = new float[buffer.remaining() / 4];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  private static float[] counting(int first, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + i;
    }
    return values;
  }

  @Test
  void readsTheConfiguration() throws IOException {
    try (Checkpoint checkpoint = open(GgufFixture.llama())) {
      ModelConfig config = checkpoint.config();
      assertEquals(Architecture.LLAMA, config.architecture());
      assertEquals(
          List.of(1, 8, 12),
          List.of(config.layers(), config.hiddenSize(), config.intermediateSize()));
      assertEquals(List.of(2, 1, 4), List.of(config.heads(), config.kvHeads(), config.headDim()));
      assertEquals(6, config.vocabularySize());
      assertEquals(64, config.contextLength());
      assertEquals(1e-5, config.normEpsilon(), 1e-12);
      assertEquals(List.of(1.0, 0.01), config.rope().inverseFrequencies());
      assertEquals(OptionalInt.empty(), config.slidingWindow());
      assertEquals(Set.of(), config.traits());
      assertEquals(Set.of(0, 1), config.endTokens(), "EOS, and the end of a chat turn");
    }
  }

  @Test
  void readsHeadSizeWindowUntiedHeadAndLinearScaling() throws IOException {
    GgufFixture fixture =
        GgufFixture.llama()
            .with("llama.attention.key_length", 6)
            .with("llama.attention.sliding_window", 16)
            .with("llama.rope.scaling.type", "linear")
            .with("llama.rope.scaling.factor", 2f)
            .counting("output.weight", 6, 8)
            .counting("blk.0.attn_q.weight", 12, 8)
            .counting("blk.0.attn_k.weight", 6, 8)
            .counting("blk.0.attn_v.weight", 6, 8)
            .counting("blk.0.attn_output.weight", 8, 12);
    try (Checkpoint checkpoint = open(fixture)) {
      ModelConfig config = checkpoint.config();
      assertEquals(6, config.headDim());
      assertEquals(OptionalInt.of(16), config.slidingWindow());
      assertEquals(Set.of(Trait.UNTIED_LM_HEAD), config.traits());
      assertEquals(0.5, config.rope().inverseFrequencies().get(0));
      assertArrayEquals(new long[] {6, 8}, checkpoint.shape("lm_head.weight"));
    }
  }

  private double slowdown(GgufFixture fixture) throws IOException {
    try (Checkpoint checkpoint = open(fixture)) {
      return 1 / checkpoint.config().rope().inverseFrequencies().get(0);
    }
  }

  @Test
  void aRopeFactorIsAppliedAsLlamaCppDoes() throws IOException {
    String factor = "llama.rope.scaling.factor";
    String type = "llama.rope.scaling.type";
    String linear = "llama.rope.scale_linear";
    assertEquals(4, slowdown(GgufFixture.llama().with(factor, 4f)), "linear without a type");
    assertEquals(8, slowdown(GgufFixture.llama().with(linear, 8f)), "the older name");
    assertEquals(4, slowdown(GgufFixture.llama().with(factor, 4f).with(linear, 8f)));
    assertEquals(1, slowdown(GgufFixture.llama().with(factor, 4f).with(type, "none")));
    assertEquals(1, slowdown(GgufFixture.llama().with(factor, 0f)));
    assertEquals(1, slowdown(GgufFixture.llama().with(type, "linear")));
    assertTrue(refusal(GgufFixture.llama().with(type, "longrope")).contains("longrope"));
  }

  @Test
  void metadataThatIsNotAppliedIsRefusedByItsKey() throws IOException {
    for (String key :
        List.of(
            "attention.scale",
            "logit_scale",
            "residual_scale",
            "embedding_scale",
            "attn_logit_softcapping",
            "attention.clamp_kqv",
            "attention.max_alibi_bias",
            "attention.sliding_window_pattern",
            "rope.freq_base_swa",
            "rope.scaling.attn_factor",
            "never_heard_of")) {
      assertTrue(
          refusal(GgufFixture.llama().with("llama." + key, 3f)).contains("llama." + key), key);
    }
    assertTrue(
        refusal(GgufFixture.llama().with("llama.attention.causal", false)).contains("causal"));
    assertTrue(refusal(GgufFixture.llama().with("general.type", "adapter")).contains("adapter"));
    open(GgufFixture.llama()
            .with("llama.attention.scale", 0.5f)
            .with("llama.logit_scale", 1f)
            .with("llama.attention.clamp_kqv", 0f)
            .with("llama.expert_count", 0)
            .with("llama.use_parallel_residual", false)
            .with("llama.tensor_data_layout", "Meta AI original pth")
            .with("general.type", "model"))
        .close();
  }

  @Test
  void aPartOfAModelIsToldFromADamagedFile() {
    BookendException failure =
        assertThrows(
            BookendException.class, () -> open(GgufFixture.llama().with("split.count", 3)).close());
    assertTrue(failure.getMessage().contains("one of 3 parts"), failure.getMessage());
  }

  /** A model in three files, of which the first has no tensor, as llama-gguf-split can do. */
  private Path writeParts() throws IOException {
    GgufFixture first = GgufFixture.llama(2).with("split.count", 3).with("split.no", 0);
    GgufFixture second = new GgufFixture().with("split.count", 3).with("split.no", 1);
    GgufFixture third = new GgufFixture().with("split.count", 3).with("split.no", 2);
    for (String tensor : first.tensorNames()) {
      (tensor.startsWith("blk.1.") ? third : second).move(tensor, first);
    }
    Files.write(directory.resolve("m-00002-of-00003.gguf"), second.write());
    Files.write(directory.resolve("m-00003-of-00003.gguf"), third.write());
    return Files.write(directory.resolve("m-00001-of-00003.gguf"), first.write());
  }

  @Test
  void aModelInSeveralFilesIsOpenedByAnyOfThem() throws IOException {
    Path first = writeParts();
    Path last = directory.resolve("m-00003-of-00003.gguf");
    try (Checkpoint whole = open(GgufFixture.llama(2));
        Checkpoint one = CheckpointFiles.open(first);
        Checkpoint other = CheckpointFiles.open(last)) {
      assertEquals(whole.fingerprint(), one.fingerprint());
      assertEquals(whole.fingerprint(), other.fingerprint());
      assertEquals(whole.tokenizer(), other.tokenizer());
    }
    Files.delete(directory.resolve("m-00002-of-00003.gguf"));
    BookendException missing =
        assertThrows(BookendException.class, () -> CheckpointFiles.open(first));
    assertTrue(missing.getMessage().contains("m-00002-of-00003.gguf is missing"));
    Files.write(directory.resolve("m-00002-of-00003.gguf"), GgufFixture.llama(2).write());
    BookendException foreign =
        assertThrows(BookendException.class, () -> CheckpointFiles.open(first));
    assertTrue(foreign.getMessage().contains("no part of the same model"));
  }

  @Test
  void namesAndShapesAreHuggingFaces() throws IOException {
    try (Checkpoint checkpoint = open(GgufFixture.llama())) {
      assertEquals(checkpoint.config().tensors().shapes().keySet(), checkpoint.tensorNames());
      assertArrayEquals(
          new long[] {8, 12}, checkpoint.shape("model.layers.0.mlp.down_proj.weight"));
      assertArrayEquals(
          counting(0, 96),
          floats(checkpoint.read("model.layers.0.mlp.down_proj.weight", FloatType.F32)));
      assertThrows(BookendException.class, () -> checkpoint.shape("lm_head.weight"));
    }
  }

  @Test
  void undoesTheInterleavingOfRotatedRows() throws IOException {
    try (Checkpoint checkpoint = open(GgufFixture.llama())) {
      // Stored: pairs side by side, so that rows 0 to 3 of a head are its rows 0, 2, 1, 3.
      String queries = "model.layers.0.self_attn.q_proj.weight";
      int[] storedRows = {0, 2, 1, 3, 4, 6, 5, 7};
      float[] all = floats(checkpoint.read(queries, FloatType.F32));
      for (int row = 0; row < 8; row++) {
        float[] expected = counting(8 * storedRows[row], 8);
        assertArrayEquals(expected, Arrays.copyOfRange(all, 8 * row, 8 * row + 8));
        assertArrayEquals(expected, floats(checkpoint.readRows(queries, FloatType.F32, row, 1)));
      }
      assertArrayEquals(
          counting(0, 32),
          floats(checkpoint.read("model.layers.0.self_attn.v_proj.weight", FloatType.F32)),
          "values are not rotated");
    }
  }

  /** The fixture's model as one of another architecture. */
  private static GgufFixture as(String architecture) {
    GgufFixture fixture = GgufFixture.llama().with("general.architecture", architecture);
    for (String key :
        List.of(
            "block_count",
            "context_length",
            "embedding_length",
            "feed_forward_length",
            "attention.head_count",
            "attention.head_count_kv")) {
      fixture.with(architecture + "." + key, fixture.value("llama." + key));
    }
    return fixture;
  }

  @Test
  void readsTheBiasesOfQwen2AndLeavesTheRowsOfItsQueriesInOrder() throws IOException {
    GgufFixture fixture =
        as("qwen2")
            .counting("blk.0.attn_q.bias", 8)
            .counting("blk.0.attn_k.bias", 4)
            .counting("blk.0.attn_v.bias", 4);
    try (Checkpoint checkpoint = open(fixture)) {
      assertEquals(Set.of(Trait.ATTENTION_BIAS), checkpoint.config().traits());
      assertArrayEquals(
          counting(0, 8),
          floats(checkpoint.read("model.layers.0.self_attn.q_proj.bias", FloatType.F32)));
      assertArrayEquals(
          counting(0, 64),
          floats(checkpoint.read("model.layers.0.self_attn.q_proj.weight", FloatType.F32)));
    }
  }

  @Test
  void readsTheNormsOfQwen3AndIgnoresItsWindow() throws IOException {
    GgufFixture fixture =
        as("qwen3")
            .with("qwen3.attention.sliding_window", 16)
            .counting("blk.0.attn_q_norm.weight", 4)
            .counting("blk.0.attn_k_norm.weight", 4);
    try (Checkpoint checkpoint = open(fixture)) {
      assertEquals(Architecture.QWEN3, checkpoint.config().architecture());
      assertEquals(Set.of(Trait.QUERY_KEY_NORM), checkpoint.config().traits());
      assertEquals(OptionalInt.empty(), checkpoint.config().slidingWindow());
      assertArrayEquals(
          counting(0, 4),
          floats(checkpoint.read("model.layers.0.self_attn.k_norm.weight", FloatType.F32)));
    }
    assertTrue(
        refusal(as("qwen3")).contains("self_attn.q_norm.weight is missing"),
        "the norms are required");
  }

  @Test
  void readsRowsInEveryType() throws IOException {
    try (Checkpoint checkpoint = open(GgufFixture.llama())) {
      String table = "model.embed_tokens.weight";
      assertArrayEquals(counting(16, 16), floats(checkpoint.readRows(table, FloatType.F32, 2, 2)));
      ByteBuffer halves = checkpoint.readRows(table, FloatType.F16, 2, 1);
      ByteBuffer brains = checkpoint.readRows(table, FloatType.BF16, 2, 1);
      for (int i = 0; i < 8; i++) {
        assertEquals(16 + i, HalfFloat.fromF16(halves.getShort(2 * i)));
        assertEquals(16 + i, HalfFloat.fromBf16(brains.getShort(2 * i)));
      }
      assertThrows(
          IllegalArgumentException.class, () -> checkpoint.readRows(table, FloatType.F32, 5, 2));
    }
  }

  @Test
  void convertsLargeQuantisedMatricesInParallelAsRowByRow() throws IOException {
    int rows = 3001;
    byte[] blocks = new byte[rows * 34];
    new Random(7).nextBytes(blocks);
    for (int row = 0; row < rows; row++) {
      blocks[34 * row + 1] = 0x2c; // a scale near 0.06
    }
    GgufFixture fixture = GgufFixture.llama().tensor("extra", 8, List.of((long) rows, 32L), blocks);
    try (Checkpoint checkpoint = open(fixture)) {
      float[] all = floats(checkpoint.read("extra", FloatType.F32));
      for (int row = 0; row < rows; row++) {
        assertArrayEquals(
            floats(checkpoint.readRows("extra", FloatType.F32, row, 1)),
            Arrays.copyOfRange(all, 32 * row, 32 * row + 32));
      }
    }
  }

  @Test
  void appliesTheFrequencyFactorsOfLlama3() throws IOException {
    GgufFixture fixture = GgufFixture.llama().floats("rope_freqs.weight", List.of(2L), 1, 8);
    try (Checkpoint checkpoint = open(fixture)) {
      assertEquals(List.of(1.0, 0.00125), checkpoint.config().rope().inverseFrequencies());
    }
  }

  @Test
  void theFingerprintChangesWithTheWeightsAndNothingElse() throws IOException {
    String original = open(GgufFixture.llama()).fingerprint();
    assertEquals(64, original.length());
    assertEquals(original, open(GgufFixture.llama().with("general.name", "x")).fingerprint());
    assertNotEquals(
        original,
        open(GgufFixture.llama().floats("output_norm.weight", List.of(8L), new float[8]))
            .fingerprint());
  }

  @Test
  void refusesWithTheTensorsName() {
    assertTrue(
        refusal(GgufFixture.llama().withoutTensor("blk.0.ffn_up.weight"))
            .contains("model.layers.0.mlp.up_proj.weight is missing"));
    assertTrue(
        refusal(GgufFixture.llama().counting("blk.0.ffn_up.weight", 12, 9))
            .contains("model.layers.0.mlp.up_proj.weight has shape [12, 9]"));
    assertTrue(
        refusal(GgufFixture.llama().counting("blk.0.attn_output.bias", 8))
            .contains("blk.0.attn_output.bias has no place"));
    assertTrue(
        refusal(GgufFixture.llama().tensor("output.weight", 11, List.of(6L, 8L), new byte[0]))
            .contains("output.weight is stored as Q3_K"));
  }

  @Test
  void anEndOfTextThatIsNoTokenIsIgnoredWithAWord() throws IOException {
    GgufFixture fixture = GgufFixture.llama().with("tokenizer.ggml.eos_token_id", -1);
    try (Checkpoint checkpoint = open(fixture)) {
      assertEquals(Set.of(1), checkpoint.config().endTokens());
      assertEquals(1, checkpoint.remarks().size());
      assertTrue(
          checkpoint.remarks().get(0).contains("eos_token_id 4294967295 is ignored"),
          checkpoint.remarks().get(0));
      assertFalse(checkpoint.tokenizer().specialTokens().containsKey("eos_token"));
    }
    assertEquals(List.of(), open(GgufFixture.llama()).remarks());
  }

  @Test
  void tensorsThatOverlapAreRefused() {
    byte[] bytes = GgufFixture.llama().write();
    int header = GgufFixture.llama().header().length;
    // The offset of the last tensor is the header's last number; 0 is where the first one lies.
    ByteBuffer.wrap(bytes).putLong(header - 8, 0);
    BookendException refusal =
        assertThrows(
            BookendException.class,
            () -> CheckpointFiles.open(Files.write(directory.resolve("overlap.gguf"), bytes)));
    assertTrue(refusal.getMessage().contains("overlap"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("down_proj"), refusal.getMessage());
  }

  @Test
  void tensorsThatNobodyNeedsMayBeOfAnyKind() throws IOException {
    GgufFixture fixture =
        GgufFixture.llama()
            .tensor("spare.i64", 27, List.of(2L), new byte[16])
            .tensor("spare.iq", 20, List.of(1L, 32L), new byte[18])
            .tensor("spare.unknown", 200, List.of(3L), new byte[5])
            .tensor("spare.scalar", 0, List.of(), new byte[4])
            .tensor("blk.0.counter", 26, List.of(1L), new byte[4])
            .tensor("blk.0.spare", 0, List.of(0L, 4L), new byte[0]);
    try (Checkpoint checkpoint = open(fixture)) {
      assertEquals(open(GgufFixture.llama()).fingerprint(), checkpoint.fingerprint());
    }
    for (String name : List.of("rope_factors_long.weight", "output_norm.bias", "output.bias")) {
      assertTrue(
          refusal(GgufFixture.llama().counting(name, 4)).contains(name + " has no place"), name);
    }
  }

  @Test
  void refusesOtherModels() {
    assertTrue(
        refusal(GgufFixture.llama().with("general.architecture", "gemma"))
            .contains(
                "general.architecture gemma is not supported; use a model of llama, qwen2, qwen3"));
    assertTrue(refusal(GgufFixture.llama().with("llama.expert_count", 8)).contains("experts"));
    assertTrue(
        refusal(GgufFixture.llama().with("llama.rope.scaling.type", "yarn")).contains("yarn"));
    assertTrue(
        refusal(GgufFixture.llama().with("llama.rope.dimension_count", 2))
            .contains("rope.dimension_count"));
    assertTrue(
        refusal(GgufFixture.llama().without("llama.block_count")).contains("num_hidden_layers"));
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    Path text = Files.writeString(directory.resolve("x.txt"), "hello, world");
    assertTrue(
        assertThrows(BookendException.class, () -> CheckpointFiles.open(text))
            .getMessage()
            .contains("not a GGUF file"));
    assertThrows(BookendException.class, () -> CheckpointFiles.open(directory.resolve("none")));
    assertThrows(BookendException.class, () -> CheckpointFiles.open(directory));
  }
}
