package dev.bookend.speculation;

import java.util.stream.IntStream;

/** A drafter of an {@link DraftMerger}: what it proposed last, and whether it is worth its time. */
final class DrafterState {
  /*
   * A drafter is asked as long as that pays: as long as the tokens that it alone brings a round trip
   * would otherwise take longer than its proposing does and the tokens take that it wants to probe.
   * It starts with credit, and while it is not asked it gets some back, so that it has its chance
   * again later.
   */
  private static final double CREDIT = 0.6;
  private static final double LEARNING = 0.05;
  private static final double TIMES_LEARNING = 0.2;
  private static final double FORGIVING = 0.005;

  final Drafter drafter;
  final Acceptance acceptance = new Acceptance();
  private double tokensAlone = CREDIT;
  private double seconds;
  private int probes;
  private boolean asked;
  private boolean warm;
  private DraftTree tree;
  private int[] merged;
  private int sent;
  private int accepted;

  DrafterState(Drafter drafter) {
    this.drafter = drafter;
  }

  /** Whether to ask it for the next round trip. */
  boolean pays(CostModel costs, int lastSize, double secondsPerToken) {
    int others = asked ? Math.max(1, lastSize - probes) : lastSize;
    return costs.pays(tokensAlone * secondsPerToken, seconds, others, probes);
  }

  /** Lets it propose, or not, and merges what it proposed into a tree of all. */
  void propose(boolean ask, DraftTree own, DraftTree all) {
    asked = ask;
    tree = own;
    if (ask) {
      long start = System.nanoTime();
      drafter.propose(tree);
      if (warm) { // the first time takes far longer: code and weights are loaded
        seconds += TIMES_LEARNING * ((System.nanoTime() - start) / 1e9 - seconds);
      }
      warm = true;
      probes = (int) IntStream.range(1, tree.size()).filter(tree::isProbe).count();
    }
    merged = new int[tree.size()];
    for (int node = 1; node < merged.length; node++) {
      int parent = merged[tree.parent(node)];
      if (tree.isProbe(node)) {
        merged[node] = all.probe(parent, tree.token(node));
      }
      if (tree.probability(node) > 0) {
        double probability = acceptance.correct(tree.depth(node), tree.probability(node));
        merged[node] = all.add(parent, tree.token(node), probability);
      }
    }
  }

  /** The nodes of a draft that it proposed. */
  IntStream sentNodes(Draft draft) {
    return IntStream.range(1, merged.length)
        .map(node -> draft.sentAs(merged[node]))
        .filter(node -> node > 0);
  }

  /**
   * Tells it what the model made of a draft.
   *
   * @param proposers how many drafters proposed each token of the draft
   */
  void verified(Draft draft, int[] choices, boolean[] isAccepted, int[] proposers) {
    int alone = 0;
    int[] sentAs = IntStream.of(merged).map(draft::sentAs).toArray();
    for (int node = 1; node < sentAs.length; node++) {
      int at = sentAs[node];
      if (at == DraftTree.NONE || at == 0) { // the root is certain, if it was sent ahead by now
        continue;
      }
      sent++;
      accepted += isAccepted[at] ? 1 : 0;
      alone += isAccepted[at] && proposers[at] == 1 ? 1 : 0;
      if (isAccepted[sentAs[tree.parent(node)]] && tree.probability(node) > 0) {
        acceptance.record(tree.depth(node), tree.probability(node), isAccepted[at]);
      }
    }
    if (asked) {
      tokensAlone += LEARNING * (alone - tokensAlone);
      if (sentAs[DraftTree.ROOT] != DraftTree.NONE) { // it is told once, not of what went ahead
        drafter.verified(new VerifiedTree(sentAs, choices, isAccepted));
      }
    } else {
      tokensAlone += FORGIVING * (CREDIT - tokensAlone);
    }
  }

  DraftMerger.Contribution contribution() {
    return new DraftMerger.Contribution(drafter.name(), sent, accepted);
  }
}
