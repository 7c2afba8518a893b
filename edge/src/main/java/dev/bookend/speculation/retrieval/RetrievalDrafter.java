package dev.bookend.speculation.retrieval;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.lookup.Continuations;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Guesses what followed the same tokens in texts of the past: other answers of the same model, or
 * the user's own sessions.
 */
public final class RetrievalDrafter implements Drafter {
  private static final String NAME = "retrieval";
  private static final int REMEMBERED = 16;

  private final RetrievalDatastore datastore;
  private int[] last = {};

  public RetrievalDrafter(RetrievalDatastore datastore) {
    this.datastore = datastore;
  }

  @Override
  public String name() {
    return NAME;
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
    Continuations.propose(tree, datastore.longestSuffix(text));
  }

  /** The drafter {@code retrieval}, which was called {@code phrases} before. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public List<String> aliases() {
      return List.of("phrases");
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new RetrievalDrafter(context.shared(RetrievalDatastore.class));
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      return Optional.of(context.shared(RetrievalDatastore.class).fingerprint());
    }
  }
}
