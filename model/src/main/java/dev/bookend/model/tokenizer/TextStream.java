package dev.bookend.model.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Decodes tokens one by one. {@link #add} returns the text that no later token can change; all that
 * it and {@link #finish} have returned, joined, is what {@link Tokenizer#decode} gives for all
 * tokens. Special tokens have no text, unless the stream is to show them.
 *
 * <p>Not thread-safe.
 */
public final class TextStream {
  /*
   * Each time, only a window of the last tokens is decoded. It begins at a token before which all
   * text was certain. It always holds some token whose text is certain before the new one, because
   * a decoder may treat the first token differently (strip its space). Text that ends in U+FFFD may
   * end in an unfinished character, so that end is held back. While text is held back the window
   * grows. Once it has more than a few tokens it is decoded only when it has doubled, so that a
   * token costs constant time on average.
   */
  private static final int ALWAYS_DECODED = 16;

  /** A character that is cut off in front, a whole one and one that is not whole yet. */
  private static final int CONTEXT = 3 + 4 + 3;

  private static final char REPLACEMENT = '\uFFFD';

  private final Function<int[], String> decoder;
  private final IntPredicate hasText;
  private final IntPredicate holdsBack;
  private final Map<Integer, String> shown;
  private int[] window = new int[ALWAYS_DECODED];
  private int size;

  /** How much of the window's text has been returned. */
  private int given;

  /** Index in the window of the last token before which all text was certain. */
  private int certain;

  /** While many tokens are held back: the size of the window at which it is decoded again. */
  private int nextDecoded;

  /**
   * @param hasText the tokens that add to the text
   * @param holdsBack the tokens after which no text is certain
   * @param shown tokens without text that have one here; text begins anew behind them
   */
  TextStream(
      Function<int[], String> decoder,
      IntPredicate hasText,
      IntPredicate holdsBack,
      Map<Integer, String> shown) {
    this.shown = shown;
    this.hasText = hasText;
    this.decoder = decoder;
    this.holdsBack = holdsBack;
  }

  /**
   * Takes the next token and returns the text that has become certain with it, which is often
   * empty.
   */
  public String add(int token) {
    String special = shown.get(token);
    if (special != null) {
      return finish() + special;
    }
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

  /**
   * Continues a text: what the tokens add next is their text behind it, with the space that a
   * decoder drops from the beginning of a text. To be called before any token is added.
   *
   * @param before the tokens of that text; a character that they leave unfinished comes with the
   *     token that completes it
   */
  void continueAfter(int... before) {
    int[] context = IntStream.of(before).filter(hasText).toArray();
    int from = Math.max(0, context.length - CONTEXT);
    while (from > 0 && holdsBack.test(context[from])) {
      from--; // bytes are decoded together
    }
    window = Arrays.copyOfRange(context, from, Math.max(context.length, from + ALWAYS_DECODED));
    size = context.length - from;
    certain = size;
    String text = decode(0);
    given = text.length();
    while (given > 0 && text.charAt(given - 1) == REPLACEMENT) {
      given--;
    }
  }

  /** Whether the next token is the first that has text. */
  public boolean isAtStart() {
    return size == 0;
  }

  /** Returns the text that was held back, and begins anew. */
  public String finish() {
    String rest = decode(0).substring(given);
    size = 0;
    given = 0;
    certain = 0;
    nextDecoded = 0;
    return rest;
  }

  /** Now that all text is certain, drops the tokens before the last place where it was certain. */
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
