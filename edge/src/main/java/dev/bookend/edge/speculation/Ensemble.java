package dev.bookend.edge.speculation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The drafters of one session: merges what they propose at the root and sends what pays. Not
 * thread-safe.
 */
public final class Ensemble implements AutoCloseable {
  private static final double LEARNING = 0.1;

  private final List<Member> members;
  private final CostModel costs;
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
  public Ensemble(List<Drafter> drafters, OptionalInt guesses) {
    this.costs = new CostModel(guesses);
    this.members = drafters.stream().map(Member::new).toList();
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
    Committed committed = new Committed(length, tokens);
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
    for (Member member : members) {
      boolean ask = guess && member.pays(costs, lastSize, secondsPerToken);
      member.propose(ask, new DraftTree(root, maxNodes, maxDepth, worth), all);
    }
    double[] reach = reach(all);
    Draft draft = Draft.of(all, reach, kept(all, reach, maxNodes));
    nanos += System.nanoTime() - start;
    return draft;
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
    // The sort is stable, and no child is likelier than its parent: it stays behind it.
    int[] guesses =
        IntStream.range(1, kept.length)
            .filter(node -> !kept[node] && reach[node] > 0)
            .boxed()
            .sorted(Comparator.comparingDouble(node -> -reach[node]))
            .limit(maxNodes - probes)
            .mapToInt(Integer::intValue)
            .toArray();
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
    costs.record(draft.size(), seconds, branch.length - 1);
    if (secondsPerRoundTrip == 0) {
      secondsPerRoundTrip = seconds;
    }
    secondsPerRoundTrip += LEARNING * (seconds - secondsPerRoundTrip);
    tokensPerRoundTrip += LEARNING * (branch.length - tokensPerRoundTrip);
    lastSize = draft.size();
    nanos += System.nanoTime() - start;
  }

  /** What each drafter has contributed so far. */
  public List<Contribution> contributions() {
    return members.stream().map(Member::contribution).toList();
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
