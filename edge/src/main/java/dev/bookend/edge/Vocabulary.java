package dev.bookend.edge;

import dev.bookend.model.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Which ids a tokenizer gives to text, as far as guesses are concerned.
 *
 * @param key 16 hexadecimal digits, the same for tokenizers that agree
 */
record Vocabulary(String key) {
  /** Tokenizers that agree on this agree on all that matters to guesses. */
  private static final String MANY_TOKENS =
      "The quick brown fox's 1,234.5 jumps;\n\tif (x != y) { return \"naïve\"; } // 東京 🙂 Ωμέγα";

  static Vocabulary of(Tokenizer tokenizer) {
    byte[] ids = Arrays.toString(tokenizer.encode(MANY_TOKENS)).getBytes(StandardCharsets.US_ASCII);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(ids);
      return new Vocabulary(HexFormat.of().formatHex(digest, 0, 8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
