package dev.bookend.speculation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The drafters of one session: merges what they propose at the root and sends what pays. Not
 * thread-safe.
 */
public final class DraftMerger implements AutoCloseable {
  private static final double LEARNING = 0.1;

  private final List<DrafterState> members;
  private final CostModel costs;
  private final Pipelining pipelining;
  private DraftTree tree;
  private double[] reach;
  private Draft ahead;
  private boolean isBehindWrong;
  private int[] text = new int[256];
  private int length;
  private double secondsPerRoundTrip;
  private double tokensPerRoundTrip = 1;
  private int lastSize = 1;
  private long nanos;

  /**
   * @param drafters closed with this; none: drafts are their root
   * @param guesses how many guesses to send each time; empty: as many as pay
   */
  public DraftMerger(List<Drafter> drafters, OptionalInt guesses, Pipeline pipeline) {
    this.costs = new CostModel(guesses);
    boolean never = pipeline == Pipeline.AUTO && guesses.isPresent();
    this.pipelining = new Pipelining(never ? Pipeline.NEVER : pipeline);
    this.members = drafters.stream().map(DrafterState::new).toList();
  }

  /**
   * What a drafter has contributed so far.
   *
   * @param drafter its name
   * @param sent tokens sent for it: guesses, others' guesses that were its own as well, and probes
   * @param accepted how many of them have become part of the text
   */
  public record Contribution(String drafter, int sent, int accepted) {}

  /** Tells the drafters whose text they follow. */
  public void follow(EdgeLayers session) {
    members.forEach(member -> member.drafter.follow(session));
  }

  /** Tells the drafters what the text is now, as far as they do not know. */
  public void begin(int[] tokens) {
    int mismatch = Arrays.mismatch(text, 0, length, tokens, 0, tokens.length);
    if (mismatch >= 0) {
      length = mismatch;
      observe(Arrays.copyOfRange(tokens, mismatch, tokens.length));
    }
  }

  /** Tells the drafters how the text goes on. */
  public void observe(int... tokens) {
    long start = System.nanoTime();
    ObservedTokens committed = new ObservedTokens(length, tokens);
    members.forEach(member -> member.drafter.observe(committed));
    if (length + tokens.length > text.length) {
      text = Arrays.copyOf(text, 2 * (length + tokens.length));
    }
    System.arraycopy(tokens, 0, text, length, tokens.length);
    length += tokens.length;
    nanos += System.nanoTime() - start;
  }

  /**
   * Makes the draft for the next round trip.
   *
   * @param root the last token, certain but not observed yet
   * @param maxNodes most tokens below the root
   * @param maxDepth how far one may be below the root
   */
  public Draft draft(int root, int maxNodes, int maxDepth) {
    long start = System.nanoTime();
    boolean guess = maxNodes > 0 && maxDepth > 0 && !costs.wantsNoGuesses();
    double secondsPerToken = secondsPerRoundTrip / tokensPerRoundTrip;
    double worth = costs.isFixed() ? Double.POSITIVE_INFINITY : secondsPerToken;
    DraftTree all = new DraftTree(root, Integer.MAX_VALUE, maxDepth, worth);
    for (DrafterState member : members) {
      boolean ask = guess && member.pays(costs, lastSize, secondsPerToken);
      member.propose(ask, new DraftTree(root, maxNodes, maxDepth, worth), all);
    }
    tree = all;
    reach = reach(all);
    Draft draft = Draft.of(all, DraftTree.ROOT, reach, kept(all, reach, maxNodes));
    nanos += System.nanoTime() - start;
    return draft;
  }

  /**
   * What to send behind the likeliest branch of the last draft without waiting for the answer: its
   * root is the token thought to follow that branch. Empty if it does not pay.
   *
   * @param maxNodes most tokens
   */
  public Optional<Draft> ahead(Draft draft, int maxNodes) {
    if (maxNodes < 1) {
      return Optional.empty();
    }
    long start = System.nanoTime();
    int leaf = draft.node(draft.likeliestBranch().size() - 1);
    Optional<Draft> next =
        IntStream.range(leaf + 1, tree.size())
            .filter(node -> tree.parent(node) == leaf && reach[node] > 0)
            .boxed()
            .max(Comparator.comparingDouble(node -> reach[node]))
            .filter(root -> pipelining.pays(reach[root] / reach[draft.node(0)]))
            .map(root -> Draft.of(tree, root, reach, below(root, maxNodes)));
    nanos += System.nanoTime() - start;
    return next;
  }

  /** The nodes to send of those below one that is sent. */
  private boolean[] below(int root, int maxNodes) {
    boolean[] below = new boolean[tree.size()];
    below[root] = true;
    for (int node = root + 1; node < below.length; node++) {
      below[node] = below[tree.parent(node)];
    }
    int[] likeliest = likeliest(reach, node -> below[node], root + 1, maxNodes - 1);
    int best =
        costs.guessesBehind(
            IntStream.of(likeliest).mapToDouble(n -> reach[n] / reach[root]).toArray(), 1);
    boolean[] kept = new boolean[below.length];
    kept[root] = true;
    IntStream.of(likeliest).limit(best).forEach(node -> kept[node] = true);
    return kept;
  }

  /**
   * Tells whether the text came to what was sent ahead.
   *
   * @param draft behind which it was sent
   * @param next what was sent
   */
  public void sentAhead(Draft draft, Draft next, boolean isRight) {
    pipelining.sent(reach[next.node(0)] / reach[draft.node(0)], isRight);
    ahead = isRight ? next : null;
    isBehindWrong = !isRight;
  }

  /** How probable it is that the text comes to each node; never more than to its parent. */
  private static double[] reach(DraftTree tree) {
    double[] childrensSum = new double[tree.size()];
    for (int node = 1; node < tree.size(); node++) {
      childrensSum[tree.parent(node)] += tree.probability(node);
    }
    double[] reach = new double[tree.size()];
    reach[DraftTree.ROOT] = 1;
    for (int node = 1; node < tree.size(); node++) {
      int parent = tree.parent(node);
      reach[node] = reach[parent] * tree.probability(node) / Math.max(1, childrensSum[parent]);
    }
    return reach;
  }

  /** The nodes from one on that the text is likeliest to come to, the likeliest first. */
  private static int[] likeliest(double[] reach, IntPredicate which, int from, int most) {
    // The sort is stable, and no child is likelier than its parent: it stays behind it.
    return IntStream.range(from, reach.length)
        .filter(node -> which.test(node) && reach[node] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(node -> -reach[node]))
        .limit(most)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Which nodes to send: probes, if there is room for them, and the likeliest guesses. */
  private boolean[] kept(DraftTree tree, double[] reach, int maxNodes) {
    boolean[] kept = new boolean[tree.size()];
    int probes = 0;
    for (int node = 1; node < kept.length; node++) {
      kept[node] = tree.isProbe(node);
      probes += kept[node] ? 1 : 0;
    }
    if (probes > maxNodes) {
      Arrays.fill(kept, false);
      probes = 0;
    }
    int[] guesses = likeliest(reach, node -> !kept[node], 1, maxNodes - probes);
    double[] guessesReach = IntStream.of(guesses).mapToDouble(node -> reach[node]).toArray();
    int best = costs.guesses(guessesReach, 1 + probes);
    IntStream.of(guesses).limit(best).forEach(node -> kept[node] = true);
    return kept;
  }

  /**
   * Tells the drafters what the model made of a draft.
   *
   * @param choices the model's choice after each token of the draft
   * @param branch the tokens of the draft that have become part of the text
   * @param seconds how long the round trip took
   */
  public void verified(Draft draft, int[] choices, int[] branch, double seconds) {
    long start = System.nanoTime();
    boolean[] accepted = new boolean[draft.size()];
    IntStream.of(branch).forEach(node -> accepted[node] = true);
    int[] proposers = new int[draft.size()];
    members.forEach(member -> member.sentNodes(draft).forEach(node -> proposers[node]++));
    members.forEach(member -> member.verified(draft, choices, accepted, proposers));
    learnTime(draft, seconds, branch.length - 1);
    if (secondsPerRoundTrip == 0) {
      secondsPerRoundTrip = seconds;
    }
    secondsPerRoundTrip += LEARNING * (seconds - secondsPerRoundTrip);
    tokensPerRoundTrip += LEARNING * (branch.length - tokensPerRoundTrip);
    lastSize = draft.size();
    nanos += System.nanoTime() - start;
  }

  private void learnTime(Draft draft, double seconds, int accepted) {
    if (draft == ahead) {
      pipelining.waited(seconds / costs.seconds(draft.size()));
      costs.recordBehind();
    } else if (isBehindWrong) {
      pipelining.waitedBehindWrong(seconds / costs.seconds(draft.size()));
      costs.record(accepted);
    } else {
      costs.record(draft.size(), seconds, accepted);
    }
    ahead = null;
    isBehindWrong = false;
  }

  /** What each drafter has contributed so far. */
  public List<Contribution> contributions() {
    return members.stream().map(DrafterState::contribution).toList();
  }

  /** Nanoseconds that drafting has taken so far. */
  public long nanos() {
    return nanos;
  }

  @Override
  public void close() {
    members.forEach(member -> member.drafter.close());
  }
}
