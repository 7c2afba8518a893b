package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;

/**
 * Guesses that what followed the text's last tokens before follows again: a tree of the likeliest
 * continuations, counted over prompt and answer.
 */
public final class SuffixDrafter implements Drafter {
  private final SuffixAutomaton text = new SuffixAutomaton();

  @Override
  public String name() {
    return "suffix";
  }

  /** A text that goes another way is just more text: what it said before may come again. */
  @Override
  public void observe(ObservedTokens committed) {
    for (int token : committed.tokens()) {
      text.append(token);
    }
  }

  @Override
  public void propose(DraftTree tree) {
    Continuations.propose(tree, text.longestSuffix(tree.token(DraftTree.ROOT)));
  }
}
