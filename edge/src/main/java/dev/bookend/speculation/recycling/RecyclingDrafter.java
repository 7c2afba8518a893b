package dev.bookend.speculation.recycling;

import dev.bookend.model.runtime.TokenScore.Scored;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.DrafterFactory;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.Reach;
import dev.bookend.speculation.VerifiedTree;
import dev.bookend.speculation.recycling.RecycledTokens.Known;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;

/**
 * Proposes what the model thought likely when the last tokens stood elsewhere: the candidates that
 * each verified token leaves behind, also where it was rejected (Luo et al., Turning Trash into
 * Treasure: Accelerating Inference of Large Language Models with Token Recycling, ACL 2025). Not
 * thread-safe.
 */
public final class RecyclingDrafter implements Drafter {
  private static final String NAME = "recycling";
  private static final int CANDIDATES = 8;
  private static final int MOST_TOKENS = 64;
  private static final double LEAST_REACH = 0.01;

  private final RecycledTokens recycled = new RecycledTokens();
  private final RankedAcceptance acceptance = new RankedAcceptance(CANDIDATES);

  /** The text's last token that was observed; -1: none was. */
  private int last = -1;

  private DraftTree tree;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean extendsOthers() {
    return true;
  }

  @Override
  public int rankedTokens() {
    return CANDIDATES;
  }

  @Override
  public void observe(ObservedTokens observed) {
    for (int token : observed.tokens()) {
      last = token;
    }
  }

  private record Candidate(int parent, int token, double probability, double reach) {}

  @Override
  public void propose(DraftTree proposed) {
    tree = proposed;
    Reach reach = Reach.of(tree);
    PriorityQueue<Candidate> candidates =
        new PriorityQueue<>(Comparator.comparingDouble(candidate -> -candidate.reach));
    int known = tree.size();
    for (int node = 0; node < known; node++) {
      consider(node, Math.min(1, reach.at(node)), candidates);
    }
    for (int i = 0; i < MOST_TOKENS && !candidates.isEmpty() && !tree.isFull(); i++) {
      Candidate likeliest = candidates.remove();
      int size = tree.size();
      int node = tree.add(likeliest.parent, likeliest.token, likeliest.probability);
      if (node == size) { // What was there before has been considered.
        consider(node, likeliest.reach, candidates);
      }
    }
  }

  private void consider(int node, double reach, PriorityQueue<Candidate> candidates) {
    Known known = known(node);
    for (int rank = 0; rank < known.size(); rank++) {
      double probability = acceptance.correct(known.kind(), rank, known.probability(rank));
      if (reach * probability >= LEAST_REACH) {
        candidates.add(new Candidate(node, known.token(rank), probability, reach * probability));
      }
    }
  }

  private Known known(int node) {
    return recycled.after(before(node), tree.token(node));
  }

  private int before(int node) {
    return node == DraftTree.ROOT ? last : tree.token(tree.parent(node));
  }

  /** Learns from every token that was sent, whether it was accepted or not. */
  @Override
  public void verified(VerifiedTree verified) {
    for (int node = 0; node < tree.size(); node++) {
      OptionalInt choice = verified.choiceAfter(node);
      if (choice.isPresent()) {
        Known known = known(node);
        for (int rank = 0; rank < known.size(); rank++) {
          boolean isChosen = known.token(rank) == choice.getAsInt();
          acceptance.record(known.kind(), rank, known.probability(rank), isChosen);
        }
      }
    }
    for (int node = 0; node < tree.size(); node++) {
      List<Scored> top = verified.topAfter(node);
      if (!top.isEmpty()) {
        recycled.put(before(node), tree.token(node), top);
      }
    }
  }

  /** The drafter {@code recycling}. */
  public static final class Factory implements DrafterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      return new RecyclingDrafter();
    }
  }
}
