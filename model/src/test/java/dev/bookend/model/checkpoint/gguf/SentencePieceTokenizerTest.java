package dev.bookend.model.checkpoint.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.Gson;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private HuggingFaceTokenizer tokenizer(Oracle oracle, boolean bos) throws IOException {
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
      byte[] json = checkpoint.tokenizer().tokenizerJson().getBytes(StandardCharsets.UTF_8);
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), null);
    }
  }

  @Test
  void encodesAndDecodesAsSentencePieceDoes() throws IOException {
    Oracle oracle = oracle();
    try (HuggingFaceTokenizer tokenizer = tokenizer(oracle, false)) {
      for (Example example : oracle.texts) {
        long[] ids = example.ids.stream().mapToLong(Long::longValue).toArray();
        assertArrayEquals(ids, tokenizer.encode(example.text).getIds(), example.text);
        assertEquals(example.text.replace('\u2581', ' '), tokenizer.decode(ids, true));
      }
    }
  }

  @Test
  void beginsWithBosUnlessTheFileSaysOtherwise() throws IOException {
    Oracle oracle = oracle();
    try (HuggingFaceTokenizer tokenizer = tokenizer(oracle, true)) {
      assertEquals(1, tokenizer.encode("hello").getIds()[0]);
    }
  }
}
