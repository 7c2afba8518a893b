package dev.bookend;

import dev.bookend.model.tokenizer.TokenBytes;
import dev.bookend.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What each token of a model adds to a text, with its probability. Safe for use by several threads
 * as long as the tokenizer is.
 */
public final class TokenTexts {
  private final Tokenizer tokenizer;
  private final Optional<TokenBytes> bytes;

  /**
   * Reads a model's tokens.
   *
   * @param bytes of the tokens, if the tokenizer tells them; otherwise those of a part of a
   *     character stay unknown
   */
  TokenTexts(Tokenizer tokenizer, Optional<TokenBytes> bytes) {
    this.tokenizer = tokenizer;
    this.bytes = bytes;
  }

  /**
   * Describes a token.
   *
   * @param first whether the text begins with it: some decoders drop its space there
   * @param top as in {@link TokenLogProbability}
   */
  public TokenLogProbability describe(
      int token, boolean first, double logProbability, List<TokenLogProbability> top) {
    String alone = tokenizer.decode(token);
    Optional<byte[]> own = bytes.flatMap(all -> all.of(token));
    if (own.isEmpty()) { // an added token, which is text, or a special one, which is none
      boolean known = alone.indexOf('\uFFFD') < 0;
      List<Integer> spelled = known ? unsigned(alone.getBytes(StandardCharsets.UTF_8)) : List.of();
      return new TokenLogProbability(token, alone, spelled, logProbability, top);
    }
    byte[] added = own.get();
    if (first && added[0] == ' ' && !alone.startsWith(" ")) {
      added = Arrays.copyOfRange(added, 1, added.length);
    }
    String text = new String(added, StandardCharsets.UTF_8);
    return new TokenLogProbability(token, text, unsigned(added), logProbability, top);
  }

  private static List<Integer> unsigned(byte[] bytes) {
    List<Integer> values = new ArrayList<>(bytes.length);
    for (byte value : bytes) {
      values.add(value & 0xFF);
    }
    return values;
  }
}
