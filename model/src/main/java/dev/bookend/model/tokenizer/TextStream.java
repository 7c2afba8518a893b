package dev.bookend.model.tokenizer;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * Decodes tokens as they come. {@link #add} gives the text that no later token can change; all that
 * it and {@link #finish} gave, joined, is what {@link Tokenizer#decode} gives for all tokens.
 *
 * <p>Not thread-safe.
 */
public final class TextStream {
  /*
   * Only a window of the last tokens is decoded each time. It begins at a token before which the
   * text was certain, because a decoder may treat the first token differently (strip its space), and
   * reaches back far enough to hold some certain text, so that the new token is never that first
   * one. Text that ends in U+FFFD may be an unfinished character: that end is held back. While text
   * is held back the window grows; from a few tokens on it is then decoded only each time that it
   * has doubled, so that a token costs constant time on average.
   */
  private static final int ALWAYS_DECODED = 16;
  private static final char REPLACEMENT = '\uFFFD';

  private final Function<int[], String> decoder;
  private final IntPredicate hasText;
  private final IntPredicate holdsBack;
  private int[] window = new int[ALWAYS_DECODED];
  private int size;

  /** Length of the window's text that was given out. */
  private int given;

  /** Index of the token before which all text was certain. */
  private int certain;

  /** Size of the window at which it is decoded again, once much is held back. */
  private int nextDecoded;

  /**
   * @param hasText the tokens that add to the text
   * @param holdsBack the tokens after which no text is certain
   */
  TextStream(Function<int[], String> decoder, IntPredicate hasText, IntPredicate holdsBack) {
    this.hasText = hasText;
    this.decoder = decoder;
    this.holdsBack = holdsBack;
  }

  /** Takes the next token; returns the text that is certain with it, often empty. */
  public String add(int token) {
    if (!hasText.test(token)) {
      return "";
    }
    if (size == window.length) {
      window = Arrays.copyOf(window, 2 * size);
    }
    window[size++] = token;
    if (holdsBack.test(token) || (size - certain > ALWAYS_DECODED && size < nextDecoded)) {
      return "";
    }
    String text = decode(0);
    int end = text.length();
    while (end > given && text.charAt(end - 1) == REPLACEMENT) {
      end--;
    }
    String added = text.substring(given, end);
    given = end;
    if (end == text.length() && !added.isEmpty()) {
      slide();
    } else {
      nextDecoded = 2 * size;
    }
    return added;
  }

  /** The text that was held back. The stream then begins anew. */
  public String finish() {
    String rest = decode(0).substring(given);
    size = 0;
    given = 0;
    certain = 0;
    nextDecoded = 0;
    return rest;
  }

  /** All text is certain: drops the tokens before the last place where it was so. */
  private void slide() {
    String context = decode(certain);
    if (certain > 0 && !context.isEmpty()) {
      System.arraycopy(window, certain, window, 0, size - certain);
      size -= certain;
      given = context.length();
    }
    certain = size;
    nextDecoded = 0;
  }

  private String decode(int from) {
    return decoder.apply(Arrays.copyOfRange(window, from, size));
  }
}
