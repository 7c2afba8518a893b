package dev.bookend.speculation;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.speculation.LearnedCosts.OfDrafter;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** A drafter of a {@link DraftMerger}: what it proposed last, and whether it is worth its time. */
final class DrafterState {
  /*
   * A drafter is asked as long as that pays. Its benefit is the time that the accepted tokens which
   * would not have been sent without it would take otherwise; its cost is the time that it takes to
   * propose, and the time by which its probes make the round trip longer. A drafter starts with a
   * credit of tokens. While it is not asked, its average moves back towards that credit, so that it
   * is tried again later.
   */
  private static final double CREDIT = 0.6;
  private static final double LEARNING = 0.05;
  private static final double TIMES_LEARNING = 0.2;
  private static final double FORGIVING = 0.005;

  private final Drafter drafter;
  private final Acceptance acceptance = new Acceptance();
  private final LongSupplier nanoTime;

  /** Accepted tokens a round trip that would not have been sent without it, on average. */
  private double tokensAlone = CREDIT;

  /** How long it takes to propose, on average. */
  private double seconds;

  private int probes;
  private boolean isAsked;
  private boolean isWarm;
  private DraftTree tree;

  /** For each node of its tree, the node of the merged tree. */
  private int[] merged;

  /** For each node of its tree, how probable the model's choice of it is, corrected. */
  private double[] corrected;

  private int sent;
  private int accepted;

  DrafterState(Drafter drafter, LongSupplier nanoTime) {
    this.drafter = drafter;
    this.nanoTime = nanoTime;
  }

  /**
   * Lets the drafter, which may be somebody else's, do something. A failure of it names it, but not
   * in its words, which may hold a part of the text.
   */
  private void run(Runnable work) {
    try {
      work.run();
    } catch (BookendException e) {
      throw e;
    } catch (RuntimeException | LinkageError e) {
      throw new BookendException(
          ErrorCode.DRAFTER_UNUSABLE,
          "the drafter '" + drafter.name() + "' has failed: " + e.getClass().getName(),
          e);
    }
  }

  String name() {
    return drafter.name();
  }

  void follow(EdgeLayers session) {
    run(() -> drafter.follow(session));
  }

  void observe(ObservedTokens tokens) {
    run(() -> drafter.observe(tokens));
  }

  void close() {
    run(drafter::close);
  }

  /**
   * Whether to ask it for the next round trip.
   *
   * @param lastSize number of tokens of the last round trip
   * @param secondsPerToken how long an accepted token takes at present
   */
  boolean pays(CostModel costs, int lastSize, double secondsPerToken) {
    int others = isAsked ? Math.max(1, lastSize - probes) : lastSize;
    return costs.pays(tokensAlone * secondsPerToken, seconds, others, probes);
  }

  /** Begins with what another session has learned of the drafter. */
  void begin(OfDrafter learned) {
    tokensAlone = learned.tokensAlone();
    seconds = learned.seconds();
    acceptance.begin(learned.byDepth());
  }

  OfDrafter learned() {
    return new OfDrafter(tokensAlone, seconds, acceptance.learned());
  }

  List<Integer> taps() {
    return drafter.taps();
  }

  int rankedTokens() {
    return drafter.rankedTokens();
  }

  boolean extendsOthers() {
    return drafter.extendsOthers();
  }

  /**
   * Lets it propose, or not, and merges what it proposed.
   *
   * @param all the tree that the drafter's tree is merged into
   * @param maxNodes how many draft tokens it may propose
   */
  void propose(boolean ask, DraftTree all, int maxNodes) {
    isAsked = ask;
    DraftTree known = drafter.extendsOthers() ? all : all.rootAlone();
    tree = DraftTree.behind(known, maxNodes);
    if (ask) {
      long start = nanoTime.getAsLong();
      run(() -> drafter.propose(tree));
      if (isWarm) { // The first time takes far longer, because code and weights are loaded.
        seconds += TIMES_LEARNING * ((nanoTime.getAsLong() - start) / 1e9 - seconds);
      }
      isWarm = true;
      probes = (int) IntStream.range(1, tree.size()).filter(tree::isProbe).count();
    }
    merged = new int[tree.size()];
    corrected = new double[tree.size()];
    for (int node = 1; node < merged.length; node++) {
      int parent = merged[tree.parent(node)];
      merged[node] = node < known.size() ? node : DraftTree.NONE;
      if (tree.isProbe(node)) {
        merged[node] = all.probe(parent, tree.token(node));
      }
      if (tree.ownProbability(node) > 0) {
        corrected[node] = acceptance.correct(tree.depth(node), tree.ownProbability(node));
        merged[node] = all.add(parent, tree.token(node), corrected[node]);
      }
    }
  }

  private boolean isOwn(int node) {
    return tree.ownProbability(node) > 0 || tree.isProbe(node);
  }

  /**
   * The probability that it gave a node of the merged tree: 0 if it did not propose it, 1 if it is
   * its probe, which is sent in any case.
   */
  double probability(int node) {
    return IntStream.range(1, merged.length)
        .filter(own -> merged[own] == node)
        .mapToDouble(own -> tree.isProbe(own) ? 1 : corrected[own])
        .max()
        .orElse(0);
  }

  /** The nodes of a draft that it proposed, but for the root. */
  IntStream sentNodes(Draft draft) {
    return IntStream.range(1, merged.length)
        .filter(this::isOwn)
        .map(node -> draft.sentAs(merged[node]))
        .filter(node -> node > 0);
  }

  /**
   * Takes note of which tokens of a draft were accepted, and tells the drafter.
   *
   * @param choices the model's choice after each token of the draft
   * @param isAccepted whether each token of the draft was accepted
   * @param alone how many accepted tokens would not have been sent without it
   */
  void verified(Draft draft, TokenChoice[] choices, boolean[] isAccepted, int alone) {
    int[] sentAs = IntStream.of(merged).map(draft::sentAs).toArray();
    for (int node = 1; node < sentAs.length; node++) {
      int at = sentAs[node];
      if (at == DraftTree.NONE || at == 0 || !isOwn(node)) {
        continue; // A draft that was sent ahead has a root that was proposed, but is certain by
        // now.
      }
      sent++;
      accepted += isAccepted[at] ? 1 : 0;
      if (isAccepted[sentAs[tree.parent(node)]] && tree.ownProbability(node) > 0) {
        acceptance.record(tree.depth(node), tree.ownProbability(node), isAccepted[at]);
      }
    }
    if (isAsked) {
      tokensAlone += LEARNING * (alone - tokensAlone);
      if (sentAs[DraftTree.ROOT] != DraftTree.NONE) { // It is not told of drafts sent ahead.
        VerifiedTree result = new VerifiedTree(sentAs, choices, isAccepted);
        run(() -> drafter.verified(result));
      }
    } else {
      tokensAlone += FORGIVING * (CREDIT - tokensAlone);
    }
  }

  DraftMerger.Contribution contribution() {
    return new DraftMerger.Contribution(drafter.name(), sent, accepted);
  }
}
