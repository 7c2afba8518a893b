package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.Step;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenBuffer;
import dev.bookend.speculation.TokenTree;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Proposes what a published EAGLE head makes of the model's own last hidden states (Li et al.,
 * EAGLE, ICML 2024; trees by what the head is sure of: EAGLE-2, EMNLP 2024). Not thread-safe.
 *
 * <p>The head looks at pairs: the feature of a token, which the model has computed, and the token
 * after it. The pair of token i takes position i and cache slot i, whatever slots the session's
 * tokens have.
 */
public final class EagleDrafter implements Drafter {
  private static final String NAME = "eagle";

  /** Passes over the head: each adds a level to the tree. */
  private static final int PASSES = 5;

  /** How many tokens are run in one pass at most. */
  private static final int WIDTH = 8;

  /** How many draft tokens follow each token that is run. */
  private static final int BESIDE = 8;

  private static final int SHOWN_AT_ONCE = 256;

  private final String name;
  private final EagleDraftHead head;
  private final KvCache cache;
  private final TextShortlist shortlist;
  private final TreeGrowth growth;
  private final TokenBuffer text = new TokenBuffer();

  /** The tokens of the pairs in the cache: one more than there are pairs. */
  private final TokenBuffer shown = new TokenBuffer();

  private EdgeLayers session;
  private int capacity;

  /**
   * A drafter for one session.
   *
   * @param name the drafter's full name
   * @param head serves other drafters as well; is closed by its owner, after this
   */
  public EagleDrafter(String name, EagleDraftHead head) {
    this(name, head, System::nanoTime);
  }

  EagleDrafter(String name, EagleDraftHead head, LongSupplier nanoTime) {
    this.name = name;
    this.head = head;
    this.cache = head.newCache();
    this.shortlist = new TextShortlist(head.shortlist());
    this.growth = new TreeGrowth(PASSES, WIDTH, nanoTime);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean readsUpperOutput() {
    return true;
  }

  @Override
  public void follow(EdgeLayers layers) {
    session = layers;
  }

  @Override
  public void observe(ObservedTokens observed) {
    text.truncate(observed.position());
    text.add(observed.tokens());
    shortlist.observe(observed);
  }

  @Override
  public void propose(DraftTree tree) {
    if (session.length() > 0) {
      try (NDManager scope = session.newScope()) {
        growth.grow(tree, new Run(scope));
      }
    }
  }

  /** The passes over the head for one tree. */
  private final class Run implements TreeGrowth.Pass {
    private final NDManager scope;
    private final Shortlist listed = shortlist.current();

    /** FP32 [nodes,H]: what the head has put out for the nodes that have been run. */
    private NDArray output;

    Run(NDManager scope) {
      this.scope = scope;
    }

    @Override
    public List<List<Candidate>> run(TokenTree nodes, int ran) {
      NDArray result;
      if (ran == 0) {
        result = showText(scope, nodes.token(0));
        output = result;
      } else {
        result = runBelow(nodes, ran);
        NDArray earlier = output; // PyTorch would use several cores for this as well.
        output = ComputeThread.run(() -> earlier.concat(result, 0));
      }
      return listed.candidatesOfNormed(result, BESIDE);
    }

    /** Runs nodes below the root, whose own pair is in the cache. */
    private NDArray runBelow(TokenTree nodes, int ran) {
      int pairs = session.length();
      int[] tokens = Arrays.copyOfRange(nodes.tokens(), ran, nodes.size());
      int[] parents = nodes.parents();
      int[] rows = Arrays.copyOfRange(parents, ran, parents.length);
      NDArray earlier = output;
      NDArray features = ComputeThread.run(() -> earlier.get(scope.create(rows)));
      int[] positions = nodes.positions(pairs - 1);
      Step step =
          Step.tree(
              Arrays.copyOfRange(positions, 1, positions.length),
              IntStream.range(0, nodes.size() - 1).map(node -> pairs + node).toArray(),
              first(pairs),
              capacity(pairs + nodes.size() - 1),
              Arrays.stream(parents).skip(1).map(parent -> parent - 1).toArray());
      return head.run(session.embed(scope, tokens), features, step, cache);
    }
  }

  /**
   * Puts the pairs that the cache does not hold yet into it; at least the last one.
   *
   * @param root the token after the cached ones, the second of the last pair
   * @return FP32 [1,H]: what the head puts out for the last pair
   */
  private NDArray showText(NDManager scope, int root) {
    int pairs = session.length();
    int[] tokens = Arrays.copyOf(text.range(0, pairs), pairs + 1);
    tokens[pairs] = root;
    int from = Math.min(Math.max(0, shown.commonPrefix(tokens) - 1), pairs - 1);
    shown.truncate(Math.min(from + 1, shown.length()));
    NDArray last = null;
    for (int to; from < pairs; from = to) {
      to = Math.min(pairs, from + SHOWN_AT_ONCE);
      NDArray features = head.features(states(scope, session.upperOutput(from, to)));
      NDArray embedded = session.embed(scope, Arrays.copyOfRange(tokens, from + 1, to + 1));
      int[] places = IntStream.range(from, to).toArray();
      Step step = Step.chain(places, places, first(from), capacity(to));
      NDArray result = head.run(embedded, features, step, cache);
      last = result.get((to - from - 1) + ":" + (to - from));
    }
    shown.add(Arrays.copyOfRange(tokens, shown.length(), pairs + 1));
    return last;
  }

  private NDArray states(NDManager scope, ByteBuffer rows) {
    int count = rows.remaining() / (session.hiddenSize() * Float.BYTES);
    return scope.create(rows, new Shape(count, session.hiddenSize()), DataType.FLOAT32);
  }

  /** The first slots. */
  private static BitSet first(int count) {
    BitSet slots = new BitSet();
    slots.set(0, count);
    return slots;
  }

  /** The capacity of a step with so many slots; it never shrinks. */
  private int capacity(int slots) {
    capacity = Math.max(capacity, Step.capacityFor(slots));
    return capacity;
  }

  @Override
  public void close() {
    shortlist.close();
    cache.close();
  }

  /** The drafter {@code eagle}, whose argument is where a head is. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String syntax() {
      return NAME + ":HEAD";
    }

    @Override
    public void check(Optional<String> argument) {
      if (argument.orElse("").isEmpty()) {
        throw new IllegalArgumentException(
            "the drafter '"
                + NAME
                + "' needs a draft head, which is a directory or owner/name on the hub: "
                + syntax());
      }
    }

    private static EagleDraftHead head(DrafterContext context, Optional<String> argument) {
      return context.shared(EagleDraftHeads.class).in(context.draftHead(argument.orElseThrow()));
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new EagleDrafter(NAME + ":" + argument.orElseThrow(), head(context, argument));
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      return Optional.of(head(context, argument).fingerprint());
    }
  }
}
