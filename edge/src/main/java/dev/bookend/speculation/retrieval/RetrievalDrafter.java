package dev.bookend.speculation.retrieval;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.lookup.Continuations;
import java.util.Arrays;

/**
 * Guesses what followed the same tokens in texts of the past: other answers of the same model, or
 * the user's own sessions.
 */
public final class RetrievalDrafter implements Drafter {
  private static final int REMEMBERED = 16;

  private final RetrievalDatastore phrases;
  private int[] last = {};

  public RetrievalDrafter(RetrievalDatastore phrases) {
    this.phrases = phrases;
  }

  @Override
  public String name() {
    return "phrases";
  }

  @Override
  public void observe(ObservedTokens committed) {
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
