package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.hash.Hashing;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead.Candidate;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Proposes what the model itself would continue with if a {@link StandInHead} were its middle: runs
 * the lower layers, the stand-in head and the upper layers on this machine, one level of the draft
 * tree after the other. Not thread-safe.
 */
public final class StandInDrafter implements Drafter {
  static final String NAME = "standin";

  /** Passes over the layers at most: each adds a level to the tree, as long as that pays. */
  private static final int PASSES = 5;

  /** How many tokens are run in one pass at most. */
  private static final int WIDTH = 6;

  /** How many draft tokens follow each token that is run. */
  private static final int BESIDE = 6;

  private static final int TOKENS_PER_LESSON = 64;
  private static final int SHOWN_AT_ONCE = 256;

  private final StandInHead head;

  /** The keys and values of the head's own layer, if it has one. */
  private final Optional<KvCache> cache;

  private final TextShortlist shortlist;
  private final TreeGrowth growth;
  private EdgeLayers session;

  /** How many tokens of the text the head has been given to learn from. */
  private int learned;

  /** How many tokens of the text are in the cache of the head's own layer. */
  private int shown;

  /**
   * A drafter for one session.
   *
   * @param head serves other drafters as well; is closed by its owner, after this
   */
  public StandInDrafter(StandInHead head) {
    this(head, System::nanoTime);
  }

  StandInDrafter(StandInHead head, LongSupplier nanoTime) {
    this.head = head;
    this.growth = new TreeGrowth(PASSES, WIDTH, nanoTime);
    this.shortlist = new TextShortlist(head.shortlist());
    this.cache = head.layer().map(DecoderRange::newCache);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void follow(EdgeLayers layers) {
    session = layers;
  }

  /**
   * Lets a head that learns during use see the hidden states of the text, many tokens at a time,
   * which takes less time than a few each time.
   */
  @Override
  public void observe(ObservedTokens observed) {
    learned = Math.min(learned, observed.position());
    shown = Math.min(shown, observed.position());
    shortlist.observe(observed);
    if (head.isLearning() && observed.end() - learned >= TOKENS_PER_LESSON) {
      // The first token is left out: no token comes before it, and its hidden states are unusual.
      int from = Math.max(1, learned);
      for (int end; from < observed.end(); from = end) {
        end = Math.min(observed.end(), from + 8 * TOKENS_PER_LESSON);
        head.learnIfFree(session.lowerOutput(from, end), session.middleOutput(from - 1, end));
      }
      learned = observed.end();
    }
  }

  @Override
  public void propose(DraftTree tree) {
    if (!head.isUseful() || session.length() == 0) {
      return;
    }
    try (NDManager scope = session.newScope()) {
      cache.ifPresent(layerCache -> showText(scope, layerCache));
      growth.grow(tree, new Run(scope));
    }
  }

  /** Puts the cached tokens that the head's layer has not seen yet into its cache. */
  private void showText(NDManager scope, KvCache layerCache) {
    for (int to; shown < session.length(); shown = to) {
      // The first token's hidden states are so large that others beside it would be rounded to
      // nothing.
      to = Math.min(session.length(), shown == 0 ? 1 : shown + SHOWN_AT_ONCE);
      NDArray before = states(scope, middleBefore(shown, to));
      NDArray mapped = head.estimate(states(scope, session.lowerOutput(shown, to)), before);
      session.show(head.layer().orElseThrow(), layerCache, mapped, shown, to);
    }
    shown = session.settled();
  }

  /**
   * The middle's output for the tokens before those at [from,to), FP32 [to - from,H]; zeros before
   * the first token.
   */
  private ByteBuffer middleBefore(int from, int to) {
    int rowBytes = session.hiddenSize() * Float.BYTES;
    ByteBuffer rows =
        ByteBuffer.allocateDirect((to - from) * rowBytes).order(ByteOrder.nativeOrder());
    if (from == 0) {
      rows.position(rowBytes);
    }
    return rows.put(session.middleOutput(Math.max(0, from - 1), to - 1)).flip();
  }

  private NDArray states(NDManager scope, ByteBuffer rows) {
    int count = rows.remaining() / (session.hiddenSize() * Float.BYTES);
    return scope.create(rows, new Shape(count, session.hiddenSize()), DataType.FLOAT32);
  }

  /** The passes over the layers for one tree. */
  private final class Run implements TreeGrowth.Pass {
    private final NDManager scope;
    private final Shortlist listed = shortlist.current();

    /**
     * FP32 [1 + nodes,H]. Row 0: the middle's own output for the last cached token; row i + 1: the
     * head's output for the node at index i.
     */
    private NDArray middle;

    Run(NDManager scope) {
      this.scope = scope;
      this.middle = states(scope, session.middleOutput(session.length() - 1, session.length()));
    }

    @Override
    public List<List<Candidate>> run(TokenTree nodes, int ran) {
      NDArray lower = session.lower(scope, nodes, ran);
      NDArray earlier = middle;
      int[] rows = Arrays.stream(nodes.parents()).skip(ran).map(parent -> parent + 1).toArray();
      NDArray before = // PyTorch would use several cores for this as well.
          ComputeThread.run(() -> earlier.get(scope.create(rows)));
      NDArray estimated = head.estimate(lower, before);
      if (cache.isPresent()) {
        DecoderRange layer = head.layer().orElseThrow();
        estimated = session.run(layer, cache.get(), estimated, nodes);
      }
      NDArray output = estimated;
      middle = ComputeThread.run(() -> earlier.concat(output, 0));
      return listed.candidates(session.upper(output, nodes), BESIDE);
    }
  }

  @Override
  public void close() {
    shortlist.close();
    cache.ifPresent(KvCache::close);
  }

  /** The drafter {@code standin}. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new LateStandInDrafter(context.shared(StandInSource.class));
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      return StandInFile.find(context.contract())
          .map(content -> Hashing.sha256().hashBytes(content).toString());
    }
  }
}
