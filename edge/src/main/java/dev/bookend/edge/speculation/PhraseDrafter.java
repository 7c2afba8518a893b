package dev.bookend.edge.speculation;

import java.util.Arrays;

/**
 * Guesses what followed the same tokens in texts of the past: other answers of the same model, or
 * the user's own sessions.
 */
public final class PhraseDrafter implements Drafter {
  private static final int REMEMBERED = 16;

  private final Phrases phrases;
  private int[] last = {};

  public PhraseDrafter(Phrases phrases) {
    this.phrases = phrases;
  }

  @Override
  public String name() {
    return "phrases";
  }

  @Override
  public void observe(Committed committed) {
    // Where the text goes another way, what went before is forgotten: it comes soon enough.
    int[] tokens = committed.tokens();
    int[] all = Arrays.copyOf(last, last.length + tokens.length);
    System.arraycopy(tokens, 0, all, last.length, tokens.length);
    last = Arrays.copyOfRange(all, Math.max(0, all.length - REMEMBERED), all.length);
  }

  @Override
  public void propose(DraftTree tree) {
    int[] text = Arrays.copyOf(last, last.length + 1);
    text[last.length] = tree.token(DraftTree.ROOT);
    Continuations.propose(tree, phrases.longestSuffix(text));
  }
}
