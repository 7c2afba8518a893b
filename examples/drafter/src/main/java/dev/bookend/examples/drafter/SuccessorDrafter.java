package dev.bookend.examples.drafter;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Proposes after each token what followed that token the last time, a few tokens in a row. */
final class SuccessorDrafter implements Drafter {
  private static final int DRAFT_TOKENS = 4;
  private static final double PROBABILITY = 0.3;

  private final Map<Integer, Integer> successors = new HashMap<>();
  private int last = -1;

  /** Makes the drafter for {@code --draft successor}; META-INF/services names this class. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return "successor";
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new SuccessorDrafter();
    }
  }

  @Override
  public String name() {
    return "successor";
  }

  @Override
  public void observe(ObservedTokens observed) {
    for (int token : observed.tokens()) {
      successors.put(last, token);
      last = token;
    }
  }

  @Override
  public void propose(DraftTree tree) {
    int node = DraftTree.ROOT;
    for (int i = 0; i < DRAFT_TOKENS && node != DraftTree.NONE; i++) {
      Integer next = successors.get(tree.token(node));
      node = next == null ? DraftTree.NONE : tree.add(node, next, PROBABILITY);
    }
  }
}
