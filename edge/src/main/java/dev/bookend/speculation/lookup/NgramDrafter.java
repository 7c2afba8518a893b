package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Prompt lookup: finds the last earlier place where the text's last n tokens stand, and guesses
 * that what followed there follows again. It is what arXiv 2602.16760 calls lookahead decoding.
 */
public final class NgramDrafter implements Drafter {
  private static final String NAME = "ngram";
  private static final int GUESSES = 10;
  private static final double FIRST = 0.5;
  private static final double LATER = 0.8;

  private final int n;
  private int[] text = new int[256];
  private int length;

  /**
   * @param n how many tokens must be the same; the paper tries 3 to 7
   */
  public NgramDrafter(int n) {
    this.n = n;
  }

  @Override
  public String name() {
    return NAME + ":" + n;
  }

  @Override
  public void observe(ObservedTokens committed) {
    length = committed.position();
    for (int token : committed.tokens()) {
      append(token);
    }
  }

  private void append(int token) {
    if (length == text.length) {
      text = Arrays.copyOf(text, 2 * length);
    }
    text[length++] = token;
  }

  @Override
  public void propose(DraftTree tree) {
    append(tree.token(DraftTree.ROOT));
    int at = lastMatch();
    int node = DraftTree.ROOT;
    for (int guess = 0; at >= 0 && guess < GUESSES && at + n + guess < length; guess++) {
      node = tree.add(node, text[at + n + guess], guess == 0 ? FIRST : LATER);
    }
    length--;
  }

  /** Where the text's last n tokens stand before its end, the last such place; -1 if nowhere. */
  private int lastMatch() {
    for (int at = length - n - 1; at >= 0; at--) {
      if (Arrays.equals(text, at, at + n, text, length - n, length)) {
        return at;
      }
    }
    return -1;
  }

  /** The drafter {@code ngram}, whose argument is n. */
  public static final class Factory implements DrafterFactory {
    private static final int USUAL = 3;
    private static final Pattern N = Pattern.compile("[3-7]");

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String syntax() {
      return NAME + "[:N]";
    }

    @Override
    public void check(Optional<String> argument) {
      if (argument.isPresent() && !N.matcher(argument.get()).matches()) {
        throw new IllegalArgumentException(
            "'" + NAME + ":" + argument.get() + "' is no drafter; N is one of 3 to 7");
      }
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new NgramDrafter(argument.map(Integer::parseInt).orElse(USUAL));
    }
  }
}
