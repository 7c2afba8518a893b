package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBytesTest {
  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void theBytesOfATextsTokensAreTheText(String name) throws IOException {
    TokenizerSource source = TestTokenizers.source(name);
    TokenBytes bytes = TokenBytes.of(source);
    try (Tokenizer tokenizer = Tokenizer.of(source)) {
      for (String text : new String[] {"{\"a b\": [1, -2.5e3]}\n", "größe  漢字 😀\t\u0001", "  x"}) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int token : tokenizer.encode(text)) {
          joined.writeBytes(bytes.of(token).orElseThrow());
        }
        // Some tokenizers put a space before a text.
        String read = joined.toString(StandardCharsets.UTF_8);
        assertTrue(read.equals(text) || read.equals(" " + text), read);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void anyTokensDecodeToTheirBytes(String name) throws IOException {
    TokenizerSource source = TestTokenizers.source(name);
    TokenBytes bytes = TokenBytes.of(source);
    Random random = new Random(1);
    try (Tokenizer tokenizer = Tokenizer.of(source)) {
      for (int i = 0; i < 2000; i++) {
        int[] tokens = random.ints(4, 0, bytes.size()).toArray();
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int token : tokens) {
          bytes.of(token).ifPresent(joined::writeBytes);
        }
        String expected = joined.toString(StandardCharsets.UTF_8);
        if (expected.indexOf('\uFFFD') < 0) {
          assertEquals(expected.strip(), tokenizer.decode(tokens).strip());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"byte-level, 401", "byte-fallback, 401"})
  void addedTokensAndUnknownIdsHaveNone(String name, int size) throws IOException {
    TokenBytes bytes = TokenBytes.of(TestTokenizers.source(name));
    assertTrue(bytes.size() <= size, bytes.size() + "");
    for (int id : new int[] {-1, 0, 1, size, Integer.MAX_VALUE}) {
      assertTrue(bytes.of(id).isEmpty(), "id " + id);
    }
  }

  @Test
  void whatIsNoTokenizerIsRefused() {
    for (String json : new String[] {"", "{}", "{\"model\": {\"vocab\": {\"a\": \"b\"}}}"}) {
      assertThrows(BookendException.class, () -> TokenBytes.of(TestTokenizers.of(json)));
    }
  }
}
