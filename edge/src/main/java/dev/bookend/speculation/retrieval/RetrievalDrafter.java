package dev.bookend.speculation.retrieval;

import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.lookup.Continuations;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Proposes what followed the text's last tokens in earlier texts: other answers of the same model,
 * or the user's own sessions (He et al., REST: Retrieval-Based Speculative Decoding, NAACL 2024).
 * Not thread-safe.
 */
public final class RetrievalDrafter implements Drafter {
  private static final String NAME = "retrieval";
  private static final int REMEMBERED = 16;

  private final RetrievalDatastore datastore;
  private int[] last = {};

  /** A drafter that retrieves from a datastore, which other drafters may use as well. */
  public RetrievalDrafter(RetrievalDatastore datastore) {
    this.datastore = datastore;
  }

  @Override
  public String name() {
    return NAME;
  }

  /**
   * Comes before the prompt's round trip, which is time enough to get ready for the first draft.
   */
  @Override
  public void follow(EdgeLayers layers) {
    datastore.prepare();
  }

  @Override
  public void observe(ObservedTokens observed) {
    // Tokens that are no longer part of the text are left in: the next few tokens displace them.
    int[] tokens = observed.tokens();
    int[] all = Arrays.copyOf(last, last.length + tokens.length);
    System.arraycopy(tokens, 0, all, last.length, tokens.length);
    last = Arrays.copyOfRange(all, Math.max(0, all.length - REMEMBERED), all.length);
  }

  @Override
  public boolean extendsOthers() {
    return true;
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
