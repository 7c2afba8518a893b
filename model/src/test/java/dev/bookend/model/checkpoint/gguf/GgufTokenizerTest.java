package dev.bookend.model.checkpoint.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the resulting tokenizer.json in the tokenizers library. */
class GgufTokenizerTest {
  // Byte-level: U+0120 stands for a space.
  private static final List<String> TOKENS =
      List.of(
          "<s>",
          "<|im_end|>",
          "<tool>",
          "1",
          "2",
          "3",
          "a",
          "b",
          "\u0120",
          "ab",
          "\u0120ab",
          "12",
          "123",
          "'",
          "s",
          "'s",
          "S",
          "'S",
          "\u00c3",
          "\u00a9",
          "e",
          "\u0120a");
  private static final List<String> MERGES =
      List.of("a b", "\u0120 ab", "1 2", "12 3", "' s", "' S", "\u00c3 \u00a9");

  @TempDir private Path directory;

  private GgufFixture fixture(String pre) {
    List<String> tokens = new ArrayList<>(TOKENS);
    tokens.add("\u00c3\u00a9");
    List<Integer> types = new ArrayList<>(Collections.nCopies(tokens.size(), 1));
    types.set(0, 3);
    types.set(1, 3);
    types.set(2, 4);
    return GgufFixture.llama()
        .counting("token_embd.weight", tokens.size(), 8)
        .with("tokenizer.ggml.pre", pre)
        .with("tokenizer.ggml.tokens", tokens)
        .with("tokenizer.ggml.token_type", types)
        .with("tokenizer.ggml.merges", MERGES);
  }

  private TokenizerSource source(GgufFixture fixture) throws IOException {
    Path file = Files.write(directory.resolve("model.gguf"), fixture.write());
    try (Checkpoint checkpoint = CheckpointFiles.open(file)) {
      return checkpoint.tokenizer();
    }
  }

  private List<String> encode(GgufFixture fixture, String text) throws IOException {
    byte[] json = source(fixture).tokenizer().text().getBytes(StandardCharsets.UTF_8);
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), null)) {
      return List.of(tokenizer.encode(text).getTokens());
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        // SmolLM2 takes digits one by one, GPT-2 and Llama 3 together, Qwen2 one by one.
        "smollm, 123, 1 2 3",
        "gpt-2, 123, 123",
        // llama.cpp's default: punctuation off, and digits in threes from the left.
        "default, 123, 123",
        "default, 1231, 123 1",
        "default, a's, a ' s",
        "qwen2, 123, 1 2 3",
        "llama-bpe, 123, <s> 123",
        "tekken, 123, <s> 1 2 3",
        // Contractions: only Llama 3 and Qwen2 split them off in capitals too.
        "smollm, a's, a 's",
        "gpt-2, a'S, a ' S",
        "qwen2, a'S, a 'S",
        // No space is put before the text; a space in the text belongs to the next word.
        "smollm, ab ab, ab \u0120ab",
      })
  void splitsAsTheFamilyDoes(String pre, String text, String tokens) throws IOException {
    assertEquals(List.of(tokens.split(" ")), encode(fixture(pre), text));
  }

  @Test
  void onlyFamiliesThatIgnoreMergesTakeAWholeWordWithoutAMerge() throws IOException {
    // There is a token for " a", but no merge that makes it.
    assertEquals(List.of("\u0120", "a"), encode(fixture("smollm"), " a"));
    assertEquals(List.of("<s>", "\u0120a"), encode(fixture("llama-bpe"), " a"));
  }

  @Test
  void qwen2ComposesAccents() throws IOException {
    assertEquals(List.of("\u00c3\u00a9"), encode(fixture("qwen2"), "e\u0301"));
  }

  @Test
  void controlAndUserDefinedTokensAreNeverSplit() throws IOException {
    assertEquals(
        List.of("ab", "<tool>", "<|im_end|>", "b"),
        encode(fixture("smollm"), "ab<tool><|im_end|>b"));
    byte[] json = source(fixture("smollm")).tokenizer().text().getBytes(StandardCharsets.UTF_8);
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), null)) {
      assertEquals("ab<tool>b", tokenizer.decode(new long[] {9, 2, 1, 7}, true));
    }
  }

  @Test
  void beginsWithBosWhereTheFileSaysSo() throws IOException {
    assertEquals(
        List.of("<s>", "ab"),
        encode(fixture("smollm").with("tokenizer.ggml.add_bos_token", true), "ab"));
    assertEquals(
        List.of("ab"),
        encode(fixture("llama-bpe").with("tokenizer.ggml.add_bos_token", false), "ab"));
  }

  @Test
  void endsWithEosWhereTheFileSaysSo() throws IOException {
    GgufFixture fixture =
        fixture("smollm")
            .with("tokenizer.ggml.eos_token_id", 1)
            .with("tokenizer.ggml.add_eos_token", true);
    assertEquals(List.of("ab", "<|im_end|>"), encode(fixture, "ab"));
    assertEquals(
        List.of("<s>", "ab", "<|im_end|>"),
        encode(fixture.with("tokenizer.ggml.add_bos_token", true), "ab"));
  }

  @Test
  void carriesTemplateAndSpecialTokens() throws IOException {
    TokenizerSource source =
        source(
            fixture("smollm")
                .with("tokenizer.chat_template", "{{ messages }}")
                .with("tokenizer.chat_template.tool_use", "{{ tools }}")
                .with("tokenizer.ggml.eos_token_id", 1));
    assertEquals("{{ messages }}", source.chatTemplate().orElseThrow().text());
    assertEquals("{{ tools }}", source.toolTemplate().orElseThrow().text());
    assertEquals(Map.of("bos_token", "<s>", "eos_token", "<|im_end|>"), source.specialTokens());
  }

  @Test
  void whatCannotBeRebuiltIsRefusedWithTheWayOut() {
    for (GgufFixture fixture :
        List.of(
            fixture("never-heard-of"), fixture("smollm").with("tokenizer.ggml.model", "rwkv"))) {
      String message =
          assertThrows(BookendException.class, () -> source(fixture).tokenizer().text())
              .getMessage();
      assertTrue(message.contains("tokenizer.json"), message);
    }
  }
}
