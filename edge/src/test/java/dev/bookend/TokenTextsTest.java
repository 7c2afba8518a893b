package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.TokenBytes;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTextsTest {
  private static final String TEXT = "the dog, \u00e9\u4e16 \ud83e\udda9 sleeps";

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void tokensJoinToTheTextThatTheyAreIn(String name) throws IOException {
    TokenizerSource source = TestTokenizers.source(name);
    try (Tokenizer tokenizer = Tokenizer.of(source)) {
      TokenTexts texts = new TokenTexts(tokenizer, Optional.of(TokenBytes.of(source)));
      ByteArrayOutputStream joined = new ByteArrayOutputStream();
      int[] tokens = tokenizer.encode(TEXT);
      TextStream stream = tokenizer.stream();
      for (int token : tokens) {
        texts.describe(token, stream.isAtStart(), -1, List.of()).bytes().forEach(joined::write);
        stream.add(token);
      }
      assertEquals(tokenizer.decode(tokens), joined.toString(StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void aSpecialTokenHasNoText(String name) throws IOException {
    TokenizerSource source = TestTokenizers.source(name);
    try (Tokenizer tokenizer = Tokenizer.of(source)) {
      TokenTexts texts = new TokenTexts(tokenizer, Optional.of(TokenBytes.of(source)));
      TokenLogProbability end = texts.describe(tokenizer.encode("</s>")[0], true, -1, List.of());
      assertEquals("", end.text());
      assertEquals(List.of(), end.bytes());
    }
  }
}
