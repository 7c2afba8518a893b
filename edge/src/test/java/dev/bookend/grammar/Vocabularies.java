package dev.bookend.grammar;

import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.TokenBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The vocabularies of small tokenizers. */
final class Vocabularies {
  static final int SIZE = 401;
  static final int END = 1;

  private static final Map<String, TokenVocabulary> KNOWN = new ConcurrentHashMap<>();

  private Vocabularies() {}

  /** That of a tokenizer with some 400 tokens: "byte-level" or "byte-fallback". */
  static TokenVocabulary of(String name) {
    return KNOWN.computeIfAbsent(name, key -> TokenVocabulary.of(bytes(key), SIZE, Set.of(END)));
  }

  static TokenBytes bytes(String name) {
    try {
      return TokenBytes.of(TestTokenizers.source(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of tokens of one vocabulary. */
  static String text(TokenVocabulary vocabulary, Iterable<Integer> tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tokens.forEach(token -> bytes.writeBytes(vocabulary.bytes(token)));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
