package dev.bookend.model.checkpoint.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.gson.Gson;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compared with Google's library; src/test/oracle/sentencepiece_fixture.py made the file. */
class SentencePieceTokenizerTest {
  @TempDir private Path directory;

  private record Oracle(
      List<String> tokens, List<Float> scores, List<Integer> types, List<Example> texts) {}

  private record Example(String text, List<Long> ids) {}

  private static Oracle oracle() throws IOException {
    try (InputStream in =
        SentencePieceTokenizerTest.class.getResourceAsStream("sentencepiece.json")) {
      return new Gson().fromJson(new InputStreamReader(in, StandardCharsets.UTF_8), Oracle.class);
    }
  }

  private Tokenizer tokenizer(Oracle oracle, boolean bos) throws IOException {
    GgufFixture fixture =
        GgufFixture.llama()
            .counting("token_embd.weight", oracle.tokens.size(), 8)
            .with("tokenizer.ggml.model", "llama")
            .with("tokenizer.ggml.pre", "default")
            .with("tokenizer.ggml.tokens", oracle.tokens)
            .with("tokenizer.ggml.scores", oracle.scores)
            .with("tokenizer.ggml.token_type", oracle.types)
            .with("tokenizer.ggml.bos_token_id", 1)
            .with("tokenizer.ggml.eos_token_id", 2)
            .without("tokenizer.ggml.merges");
    if (!bos) {
      fixture.with("tokenizer.ggml.add_bos_token", false);
    }
    Path file = Files.write(directory.resolve("model.gguf"), fixture.write());
    try (Checkpoint checkpoint = CheckpointFiles.open(file)) {
      return Tokenizer.of(checkpoint.tokenizer());
    }
  }

  @Test
  void encodesAndDecodesAsSentencePieceDoes() throws IOException {
    Oracle oracle = oracle();
    try (Tokenizer tokenizer = tokenizer(oracle, false)) {
      for (Example example : oracle.texts) {
        int[] ids = example.ids.stream().mapToInt(Long::intValue).toArray();
        assertArrayEquals(ids, tokenizer.encodePrompt(example.text), example.text);
        assertEquals(example.text.replace('\u2581', ' '), tokenizer.decode(ids));
      }
    }
  }

  @Test
  void beginsWithBosUnlessTheFileSaysOtherwise() throws IOException {
    Oracle oracle = oracle();
    try (Tokenizer tokenizer = tokenizer(oracle, true)) {
      assertEquals(1, tokenizer.encodePrompt("hello")[0]);
      assertNotEquals(1, tokenizer.encode("hello")[0]);
    }
  }

  private List<String> pieces(String text, List<String> tokens, List<Float> scores)
      throws IOException {
    List<Integer> types = new ArrayList<>(Collections.nCopies(tokens.size(), 1));
    types.set(0, 2);
    types.set(1, 3);
    types.set(2, 3);
    try (Tokenizer tokenizer = tokenizer(new Oracle(tokens, scores, types, List.of()), false)) {
      return Arrays.stream(tokenizer.encodePrompt(text)).mapToObj(tokens::get).toList();
    }
  }

  @Test
  void ofPiecesOfEqualScoreTheLeftmostPairIsJoined() throws IOException {
    List<String> tokens = List.of("<unk>", "<s>", "</s>", "\u2581", "a", "b", "c", "bc", "ab");
    List<Float> scores = List.of(0f, 0f, 0f, -5f, -5f, -5f, -5f, -1f, -1f);
    assertEquals(List.of("\u2581", "ab", "c"), pieces("abc", tokens, scores));
    assertEquals(List.of("\u2581", "ab", "ab", "c"), pieces("ababc", tokens, scores));
    List<Float> later = List.of(0f, 0f, 0f, -5f, -5f, -5f, -5f, -1f, -2f);
    assertEquals(List.of("\u2581", "a", "bc"), pieces("abc", tokens, later));
  }

  @Test
  void specialTokensAreFoundAndEachPartBetweenThemBeginsWithASpace() throws IOException {
    List<String> tokens = List.of("<unk>", "<s>", "</s>", "\u2581", "a", "\u2581a", "<s", "<0x41>");
    List<Float> scores = List.of(0f, 0f, 0f, -5f, -5f, -1f, -1f, -1f);
    assertEquals(List.of("\u2581a", "</s>", "\u2581a"), pieces("a</s>a", tokens, scores));
    assertEquals(
        List.of("\u2581", "<unk>", "a"), pieces("xyza", tokens, scores), "unknown ones are one");
    assertEquals(List.of(), pieces("", tokens, scores));
  }
}
