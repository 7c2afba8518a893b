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
import dev.bookend.speculation.Reach;
import dev.bookend.speculation.TokenTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Proposes what the model itself would continue with if a {@link StandInHead} were its middle: runs
 * the lower layers, the stand-in head and the upper layers on this machine, one level of the draft
 * tree after the other. Not thread-safe.
 */
public final class StandInDrafter implements Drafter {
  private static final String NAME = "standin";

  /** Passes over the layers: each adds a level to the tree. */
  private static final int PASSES = 3;

  /** How many tokens are run in one pass at most. */
  private static final int WIDTH = 6;

  /** How many draft tokens follow each token that is run. */
  private static final int BESIDE = 6;

  /** Tokens that the text is less likely to come to are not run. */
  private static final double LEAST_REACH = 0.05;

  /** How often one of the draft tokens after a token is sent and accepted. */
  private static final double ACCEPTED = 0.6;

  private static final double TIMES_LEARNING = 0.2;
  private static final int TOKENS_PER_LESSON = 64;
  private static final int SHOWN_AT_ONCE = 256;

  private final StandInHead head;
  private final LongSupplier nanoTime;

  /** The keys and values of the head's own layer, if it has one. */
  private final Optional<KvCache> cache;

  /** The tokens on the shortlist. */
  private final Set<Integer> listed = new HashSet<>();

  /** The tokens of the text that are not on the shortlist yet. */
  private final Set<Integer> unlisted = new LinkedHashSet<>();

  private EdgeLayers session;
  private Shortlist shortlist;
  private final double[] passSeconds = new double[PASSES];

  /** How many tokens of the text the head has been given to learn from. */
  private int learned;

  /** How many tokens of the text are in the cache of the head's own layer. */
  private int shown;

  private boolean isWarm;

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
    this.nanoTime = nanoTime;
    this.shortlist = head.shortlist();
    this.cache = head.layer().map(DecoderRange::newCache);
    IntStream.of(shortlist.tokens()).forEach(listed::add);
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
    IntStream.of(observed.tokens()).filter(token -> !listed.contains(token)).forEach(unlisted::add);
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

  /** The nodes that have been run for a tree, and the output of the stand-in head for them. */
  private static final class Run {
    final List<Integer> nodes = new ArrayList<>();

    /**
     * FP32 [1 + nodes,H]. Row 0: the middle's own output for the last cached token; row i + 1: the
     * head's output for the node at index i.
     */
    NDArray middle;
  }

  @Override
  public void propose(DraftTree tree) {
    if (!head.isUseful() || session.length() == 0) {
      return;
    }
    try (NDManager scope = session.newScope()) {
      listTokens();
      cache.ifPresent(layerCache -> showText(scope, layerCache));
      Run run = new Run();
      run.middle = states(scope, session.middleOutput(session.length() - 1, session.length()));
      int[] next = {DraftTree.ROOT};
      Reach reach = Reach.of(tree);
      for (int pass = 0; pass < PASSES && pays(pass, next, reach, tree); pass++) {
        long start = nanoTime.getAsLong();
        pass(scope, tree, run, next);
        if (isWarm) { // The first time takes far longer, because code and weights are loaded.
          double seconds = (nanoTime.getAsLong() - start) / 1e9;
          passSeconds[pass] += TIMES_LEARNING * (seconds - passSeconds[pass]);
        }
        reach = Reach.of(tree);
        next = next(tree, run, reach);
      }
      isWarm = true;
    }
  }

  /** Whether a pass over some nodes is expected to save more time than it takes. */
  private boolean pays(int pass, int[] next, Reach reach, DraftTree tree) {
    double saved = IntStream.of(next).mapToDouble(reach::at).sum() * ACCEPTED;
    return saved > 0 && (pass == 0 || saved * tree.secondsPerToken() >= passSeconds[pass]);
  }

  /** Puts the text's tokens on the shortlist, because they are likely to occur again. */
  private void listTokens() {
    if (listed.addAll(unlisted)) {
      int[] own = IntStream.of(shortlist.tokens()).skip(head.shortlist().size()).toArray();
      closeShortlist();
      shortlist =
          head.shortlist().with(IntStream.concat(IntStream.of(own), stream(unlisted)).toArray());
      unlisted.clear();
    }
  }

  private static IntStream stream(Set<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue);
  }

  private void closeShortlist() {
    if (shortlist != head.shortlist()) {
      shortlist.close();
    }
  }

  /** Puts the cached tokens that the head's layer has not seen yet into its cache. */
  private void showText(NDManager scope, KvCache layerCache) {
    for (int to; shown < session.length(); shown = to) {
      to = Math.min(session.length(), shown + SHOWN_AT_ONCE);
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

  /** Runs some more nodes, and adds the draft tokens that follow them. */
  private void pass(NDManager scope, DraftTree tree, Run run, int[] next) {
    int ran = run.nodes.size();
    IntStream.of(next).forEach(run.nodes::add);
    int[] tokens = run.nodes.stream().mapToInt(tree::token).toArray();
    int[] parents =
        run.nodes.stream().mapToInt(node -> run.nodes.indexOf(tree.parent(node))).toArray();
    TokenTree step = new TokenTree(tokens, parents);
    NDArray lower = session.lower(scope, step, ran);
    NDArray earlier = run.middle;
    int[] rows = Arrays.stream(parents).skip(ran).map(parent -> parent + 1).toArray();
    NDArray before = // PyTorch would use several cores for this as well.
        ComputeThread.run(() -> earlier.get(scope.create(rows)));
    NDArray middle = head.estimate(lower, before);
    if (cache.isPresent()) {
      DecoderRange layer = head.layer().orElseThrow();
      middle = session.run(layer, cache.get(), middle, step);
    }
    NDArray estimated = middle;
    run.middle = ComputeThread.run(() -> earlier.concat(estimated, 0));
    NDArray upper = session.upper(middle, step);
    List<List<Candidate>> candidates = shortlist.candidates(upper, BESIDE);
    for (int i = 0; i < next.length; i++) {
      for (Candidate candidate : candidates.get(i)) {
        tree.add(next[i], candidate.token(), candidate.probability());
      }
    }
  }

  /** The nodes to run in the next pass: those that the text is likeliest to come to. */
  private static int[] next(DraftTree tree, Run run, Reach reach) {
    return reach.likeliest(
        node ->
            reach.at(node) >= LEAST_REACH
                && tree.depth(node) < tree.maxDepth()
                && !run.nodes.contains(node),
        WIDTH);
  }

  @Override
  public void close() {
    closeShortlist();
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
      return new StandInDrafter(context.shared(StandInHead.class));
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      return StandInFile.find(context.contract())
          .map(content -> Hashing.sha256().hashBytes(content).toString());
    }
  }
}
