package dev.bookend.history;

import dev.bookend.model.Sha256;
import dev.bookend.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which ids a tokenizer gives to text, as far as guesses are concerned.
 *
 * @param key 16 hexadecimal digits, the same for tokenizers that agree
 */
public record TokenizerFingerprint(String key) {
  /** Tokenizers that agree on this agree on all that matters to guesses. */
  private static final String MANY_TOKENS =
      "The quick brown fox's 1,234.5 jumps;\n\tif (x != y) { return \"naïve\"; } // 東京 🙂 Ωμέγα";

  public static TokenizerFingerprint of(Tokenizer tokenizer) {
    byte[] ids = Arrays.toString(tokenizer.encode(MANY_TOKENS)).getBytes(StandardCharsets.US_ASCII);
    return new TokenizerFingerprint(Sha256.hex(ids).substring(0, 16));
  }
}
