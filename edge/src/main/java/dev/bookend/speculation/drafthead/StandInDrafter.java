package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.Sha256;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Guesses with the model itself, but for its middle: the layers on this machine say what comes next
 * where a {@link StandInHead} takes the middle's place.
 */
public final class StandInDrafter implements Drafter {
  private static final String NAME = "standin";
  private static final int PASSES = 3; // a level of the tree each
  private static final int WIDTH = 6; // tokens that are run in one pass
  private static final int BESIDE = 6; // guesses after each
  private static final double LEAST_REACH = 0.05; // less likely tokens are not run

  /** How often one of the guesses after a token is right and sent. */
  private static final double RIGHT = 0.6;

  private static final double TIMES_LEARNING = 0.2;
  private static final int TOKENS_PER_LESSON = 64;
  private static final int SHOWN_AT_ONCE = 256;

  private final StandInHead standin;
  private final Optional<KvCache> cache;
  private final Set<Integer> listed = new HashSet<>();
  private final Set<Integer> unlisted = new LinkedHashSet<>();
  private EdgeLayers session;
  private Shortlist shortlist;
  private final double[] passSeconds = new double[PASSES];
  private int learned;
  private int shown;
  private boolean warm;

  /**
   * @param standin closed after this
   */
  public StandInDrafter(StandInHead standin) {
    this.standin = standin;
    this.shortlist = standin.shortlist();
    this.cache = standin.layer().map(DecoderRange::newCache);
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

  /** Passes on what the layers said of the text in lessons: many small ones take longer. */
  @Override
  public void observe(ObservedTokens committed) {
    learned = Math.min(learned, committed.position());
    shown = Math.min(shown, committed.position());
    IntStream.of(committed.tokens())
        .filter(token -> !listed.contains(token))
        .forEach(unlisted::add);
    if (standin.isLearning() && committed.end() - learned >= TOKENS_PER_LESSON) {
      // Nothing comes before the first token, and what models say of it is unlike all else.
      int from = Math.max(1, learned);
      for (int end; from < committed.end(); from = end) {
        end = Math.min(committed.end(), from + 8 * TOKENS_PER_LESSON);
        standin.learnIfFree(session.lowerOutput(from, end), session.middleOutput(from - 1, end));
      }
      learned = committed.end();
    }
  }

  /** Tokens that have been run: what they were, and what the middle might have said of them. */
  private static final class Run {
    final List<Integer> nodes = new ArrayList<>();
    int[] tokens = {};
    int[] parents = {};

    /** Row 0: the last committed token; row i + 1: token i. */
    NDArray middle;
  }

  @Override
  public void propose(DraftTree tree) {
    if (!standin.isUseful() || session.length() == 0) {
      return;
    }
    try (NDManager scope = session.newScope()) {
      listTokens();
      cache.ifPresent(layerCache -> showText(scope, layerCache));
      Run run = new Run();
      run.middle = states(scope, session.middleOutput(session.length() - 1, session.length()));
      List<Integer> next = List.of(DraftTree.ROOT);
      double[] reach = {1};
      for (int pass = 0; pass < PASSES && pays(pass, next, reach, tree); pass++) {
        long start = System.nanoTime();
        pass(scope, tree, run, next);
        if (warm) { // the first time takes far longer
          double seconds = (System.nanoTime() - start) / 1e9;
          passSeconds[pass] += TIMES_LEARNING * (seconds - passSeconds[pass]);
        }
        reach = reach(tree);
        next = likeliest(tree, run, reach);
      }
      warm = true;
    }
  }

  /** Whether a pass over some tokens saves more time than it takes. */
  private boolean pays(int pass, List<Integer> next, double[] reach, DraftTree tree) {
    double saved = next.stream().mapToDouble(node -> reach[node]).sum() * RIGHT;
    return saved > 0 && (pass == 0 || saved * tree.secondsPerToken() >= passSeconds[pass]);
  }

  /** Puts tokens of the text on the list: what was said is likely to be said again. */
  private void listTokens() {
    if (listed.addAll(unlisted)) {
      int[] own = IntStream.of(shortlist.tokens()).skip(standin.shortlist().size()).toArray();
      closeShortlist();
      shortlist =
          standin.shortlist().with(IntStream.concat(IntStream.of(own), stream(unlisted)).toArray());
      unlisted.clear();
    }
  }

  private static IntStream stream(Set<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue);
  }

  private void closeShortlist() {
    if (shortlist != standin.shortlist()) {
      shortlist.close();
    }
  }

  /** Lets the layer see the committed tokens that it has not seen yet. */
  private void showText(NDManager scope, KvCache layerCache) {
    for (int to; shown < session.length(); shown = to) {
      to = Math.min(session.length(), shown + SHOWN_AT_ONCE);
      NDArray before = states(scope, middleBefore(shown, to));
      NDArray mapped = standin.estimate(states(scope, session.lowerOutput(shown, to)), before);
      session.show(standin.layer().orElseThrow(), layerCache, mapped, shown, to);
    }
    shown = session.settled();
  }

  /** What the middle said of the tokens before those at [from,to); of nothing, zeros. */
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

  /** Runs some more tokens. */
  private void pass(NDManager scope, DraftTree tree, Run run, List<Integer> next) {
    int ran = run.nodes.size();
    run.nodes.addAll(next);
    run.tokens = run.nodes.stream().mapToInt(tree::token).toArray();
    run.parents =
        run.nodes.stream().mapToInt(node -> run.nodes.indexOf(tree.parent(node))).toArray();
    NDArray lower = session.lower(scope, run.tokens, run.parents, ran);
    NDArray earlier = run.middle;
    int[] rows = Arrays.stream(run.parents).skip(ran).map(parent -> parent + 1).toArray();
    NDArray before = // even this PyTorch spreads over the cores
        ComputeThread.run(() -> earlier.get(scope.create(rows)));
    NDArray middle = standin.estimate(lower, before);
    if (cache.isPresent()) {
      DecoderRange layer = standin.layer().orElseThrow();
      middle = session.run(layer, cache.get(), middle, run.tokens, run.parents);
    }
    NDArray estimated = middle;
    run.middle = ComputeThread.run(() -> earlier.concat(estimated, 0));
    NDArray upper = session.upper(middle, run.tokens, run.parents);
    List<List<Candidate>> candidates = shortlist.candidates(upper, BESIDE);
    for (int i = 0; i < next.size(); i++) {
      for (Candidate candidate : candidates.get(i)) {
        tree.add(next.get(i), candidate.token(), candidate.probability());
      }
    }
  }

  /** How likely the text is to come to each token. */
  private static double[] reach(DraftTree tree) {
    double[] reach = new double[tree.size()];
    reach[DraftTree.ROOT] = 1;
    for (int node = 1; node < reach.length; node++) {
      reach[node] = reach[tree.parent(node)] * tree.probability(node);
    }
    return reach;
  }

  /** The tokens to run next: those that the text is likeliest to come to. */
  private static List<Integer> likeliest(DraftTree tree, Run run, double[] reach) {
    return IntStream.range(1, reach.length)
        .filter(node -> reach[node] >= LEAST_REACH && tree.depth(node) < tree.maxDepth())
        .boxed()
        .filter(node -> !run.nodes.contains(node))
        .sorted(Comparator.comparingDouble(node -> -reach[node]))
        .limit(WIDTH)
        .toList();
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
      return StandInFile.find(context.contract()).map(Sha256::hex);
    }
  }
}
