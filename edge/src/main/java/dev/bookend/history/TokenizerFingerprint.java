package dev.bookend.history;

import com.google.common.hash.Hashing;
import dev.bookend.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Identifies a tokenizer by the ids that it gives to a sample text. Tokenizers with equal
 * fingerprints agree closely enough that draft tokens of one can be used with the other: the model
 * verifies draft tokens in any case.
 *
 * @param key 16 hexadecimal digits
 */
public record TokenizerFingerprint(String key) {
  /** Words, digits, punctuation, white space, code and several scripts. */
  private static final String SAMPLE =
      "The quick brown fox's 1,234.5 jumps;\n\tif (x != y) { return \"naïve\"; } // 東京 🙂 Ωμέγα";

  /** The fingerprint of a tokenizer. */
  public static TokenizerFingerprint of(Tokenizer tokenizer) {
    byte[] ids = Arrays.toString(tokenizer.encode(SAMPLE)).getBytes(StandardCharsets.US_ASCII);
    return new TokenizerFingerprint(Hashing.sha256().hashBytes(ids).toString().substring(0, 16));
  }
}
