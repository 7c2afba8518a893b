package dev.bookend.speculation.lookup;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import java.util.Optional;

/**
 * Proposes what followed the text's last tokens earlier: a tree of the likeliest continuations,
 * counted over prompt and answer (suffix decoding: Oliaro et al., SuffixDecoding, 2024). Not
 * thread-safe.
 */
public final class SuffixDrafter implements Drafter {
  private static final String NAME = "suffix";

  private final SuffixAutomaton text = new SuffixAutomaton();

  @Override
  public String name() {
    return NAME;
  }

  /** Also keeps what is no longer part of the text: it may come again. */
  @Override
  public void observe(ObservedTokens observed) {
    for (int token : observed.tokens()) {
      text.append(token);
    }
  }

  @Override
  public boolean extendsOthers() {
    return true;
  }

  @Override
  public void propose(DraftTree tree) {
    Continuations.propose(tree, text.longestSuffix(tree.token(DraftTree.ROOT)));
  }

  /** The drafter {@code suffix}. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new SuffixDrafter();
    }
  }
}
