package dev.bookend.grammar;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.tokenizer.TokenBytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Set;

/**
 * A model's tokens as grammars see them, with what was found out about them: make one for a model
 * and keep it. Takes about 100 bytes a token, and at most about 64 MB for what was found out, which
 * is freed with the grammar that it is about. Safe for use by several threads.
 */
public final class TokenVocabulary {
  private final byte[][] bytes;
  private final BitSet values;
  private final TokenMasks masks;

  /**
   * @param values the bytes that there are tokens for, if they can be used to spell characters
   */
  private TokenVocabulary(byte[][] bytes, BitSet values, BitSet ends) {
    this.bytes = bytes;
    this.values = values;
    BitSet singles = new BitSet();
    for (int token = 0; token < bytes.length; token++) {
      singles.set(token, bytes[token] != null && bytes[token].length == 1);
    }
    this.masks = new TokenMasks(bytes, singles, ends);
  }

  /**
   * The vocabulary of a model.
   *
   * @param tokens of its tokenizer
   * @param size how many tokens the model chooses from
   * @param endTokens those that end an answer
   * @throws BookendException if the model has no token that ends an answer, or none for some
   *     character of ASCII
   */
  public static TokenVocabulary of(TokenBytes tokens, int size, Set<Integer> endTokens) {
    BitSet ends = new BitSet();
    endTokens.stream().filter(token -> token >= 0 && token < size).forEach(ends::set);
    if (ends.isEmpty()) {
      throw unsupported("it has no token that ends an answer");
    }
    byte[][] bytes = new byte[size][];
    BitSet values = new BitSet();
    for (int token = 0; token < size; token++) {
      bytes[token] = ends.get(token) ? null : tokens.of(token).orElse(null);
      if (bytes[token] != null && bytes[token].length == 1) {
        values.set(bytes[token][0] & 0xff);
      }
    }
    if (values.nextClearBit(' ') <= '~') {
      throw unsupported("its tokenizer has no token for some character of ASCII");
    }
    if (values.nextClearBit(0x80) < 0xc0) {
      // Then a token that ends within a character might be one that nothing can follow.
      values.clear(0x80, 0x100);
      for (int token = 0; token < size; token++) {
        bytes[token] = bytes[token] != null && isText(bytes[token]) ? bytes[token] : null;
      }
    }
    return new TokenVocabulary(bytes, values, ends);
  }

  private static boolean isText(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static BookendException unsupported(String why) {
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED, "the model cannot be held to a grammar: " + why);
  }

  /** Whether texts can be spelled that have these bytes. */
  boolean spells(BitSet some) {
    BitSet missing = (BitSet) some.clone();
    missing.andNot(values);
    return missing.isEmpty();
  }

  /** A token's bytes, not to be changed; none for a token without text. */
  byte[] bytes(int token) {
    boolean known = token >= 0 && token < bytes.length && bytes[token] != null;
    return known ? bytes[token] : new byte[0];
  }

  TokenMasks masks() {
    return masks;
  }
}
