package dev.bookend;

import dev.bookend.model.tokenizer.TokenBytes;
import dev.bookend.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
    byte[] added =
        bytes
            .flatMap(all -> all.of(token))
            .map(own -> first ? inFront(own, token) : own)
            .orElseGet(() -> ofAdded(token));
    String text =
        added.length == 0 ? tokenizer.decode(token) : new String(added, StandardCharsets.UTF_8);
    return new TokenLogProbability(
        token, text, name(token, text, added), unsigned(added), logProbability, top);
  }

  /** A special token, which adds nothing by itself, as a part of a text that spells it out. */
  public TokenLogProbability spelledOut(TokenLogProbability token) {
    return new TokenLogProbability(
        token.token(),
        token.name(),
        token.name(),
        unsigned(token.name().getBytes(StandardCharsets.UTF_8)),
        token.logProbability(),
        token.top());
  }

  private byte[] inFront(byte[] own, int token) {
    return own[0] == ' ' && !tokenizer.decode(token).startsWith(" ")
        ? Arrays.copyOfRange(own, 1, own.length)
        : own;
  }

  /** Of an added token, which is text, or a special one, which is none. */
  private byte[] ofAdded(int token) {
    String alone = tokenizer.decode(token);
    return isPart(alone) ? new byte[0] : alone.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isPart(String text) {
    return text.indexOf('\uFFFD') >= 0;
  }

  private String name(int token, String text, byte[] added) {
    if (isPart(text) && added.length > 0) {
      StringBuilder name = new StringBuilder("bytes:");
      for (byte value : added) {
        name.append(String.format(Locale.ROOT, "\\x%02x", value & 0xFF));
      }
      return name.toString();
    }
    String written = text.isEmpty() ? tokenizer.decodeWithSpecial(token) : text;
    return written.isEmpty() || isPart(written) ? "token_id:" + token : written;
  }

  private static List<Integer> unsigned(byte[] bytes) {
    List<Integer> values = new ArrayList<>(bytes.length);
    for (byte value : bytes) {
      values.add(value & 0xFF);
    }
    return values;
  }
}
