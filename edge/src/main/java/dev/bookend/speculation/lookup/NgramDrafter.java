package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenBuffer;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Prompt lookup: finds the last earlier place where the text's last n tokens stand, and proposes
 * what followed there. This is what arXiv 2602.16760 calls lookahead decoding. Not thread-safe.
 */
public final class NgramDrafter implements Drafter {
  private static final String NAME = "ngram";
  private static final int MOST_TOKENS = 10;
  private static final double FIRST = 0.5;
  private static final double LATER = 0.8;

  private final int n;
  private final TokenBuffer text = new TokenBuffer();

  /**
   * A drafter that compares n tokens.
   *
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
  public void observe(ObservedTokens observed) {
    text.truncate(observed.position());
    text.add(observed.tokens());
  }

  @Override
  public void propose(DraftTree tree) {
    text.add(tree.token(DraftTree.ROOT));
    int match = lastMatch();
    int node = DraftTree.ROOT;
    for (int i = 0; match >= 0 && i < MOST_TOKENS && match + n + i < text.length(); i++) {
      node = tree.add(node, text.get(match + n + i), i == 0 ? FIRST : LATER);
    }
    text.truncate(text.length() - 1);
  }

  /** The last place before the text's end where its last n tokens stand; -1 if there is none. */
  private int lastMatch() {
    int last = text.length() - n;
    for (int at = last - 1; at >= 0; at--) {
      if (text.isEqualAt(at, last, n)) {
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
