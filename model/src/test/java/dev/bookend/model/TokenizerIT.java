package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.annotations.SerializedName;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The sample model's tokenizer on texts that are hard to tokenize, compared with llama.cpp's ids.
 */
class TokenizerIT {
  private record Fixture(@SerializedName("gguf_sha256") String sha256, List<Entry> texts) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(String category, String text, int[] ids) {
    /** Shows what cannot be printed. */
    @Override
    public String toString() {
      StringBuilder shown = new StringBuilder(category).append(": ");
      text.codePoints()
          .limit(30)
          .forEach(
              c -> shown.append(c > ' ' && c < 127 ? (char) c : "\\x" + Integer.toHexString(c)));
      return shown.toString();
    }
  }

  private static Tokenizer tokenizer;

  @BeforeAll
  static void open() throws Exception {
    try (Checkpoint checkpoint = SampleModel.open(fixture().sha256)) {
      tokenizer = Tokenizer.of(checkpoint.tokenizer());
    }
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static Fixture fixture() throws Exception {
    Fixture fixture = Oracle.read("tokenizer-corpus.json", Fixture.class);
    assertTrue(fixture.texts.size() >= 150, fixture.texts.size() + " texts");
    return fixture;
  }

  static Stream<Entry> texts() throws Exception {
    return fixture().texts.stream();
  }

  @ParameterizedTest
  @MethodSource("texts")
  void textsHaveTheReferenceIds(Entry entry) {
    assertArrayEquals(entry.ids, tokenizer.encode(entry.text));
  }

  /** A byte-level tokenizer loses only the special tokens, which are not shown. */
  @ParameterizedTest
  @MethodSource("texts")
  void referenceIdsDecodeToTheText(Entry entry) {
    String text = tokenizer.decode(entry.ids);
    if (entry.category.equals("special")) {
      assertEquals(visible(entry.text), text);
    } else {
      assertEquals(entry.text, text);
    }
  }

  @ParameterizedTest
  @MethodSource("texts")
  void decodingAsTokensComeGivesTheSameText(Entry entry) {
    TextStream stream = tokenizer.stream();
    StringBuilder text = new StringBuilder();
    for (int id : entry.ids) {
      text.append(stream.add(id));
    }
    assertEquals(tokenizer.decode(entry.ids), text.append(stream.finish()).toString());
  }

  private static String visible(String text) {
    return text.replaceAll(
        "<\\|(im_start|im_end|endoftext)\\|>"
            + "|<(repo_name|file_sep|filename|gh_stars|issue_start|issue_closed)>"
            + "|<(jupyter_code|jupyter_output|empty_output)>",
        "");
  }
}
