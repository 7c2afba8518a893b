package dev.bookend.edge.speculation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The drafters of one session: merges what they propose into one draft. Not thread-safe. */
public final class Ensemble implements AutoCloseable {
  private static final int MOST_GUESSES = 16;

  private final List<Member> members;
  private int[] text = new int[256];
  private int length;
  private long nanos;

  /**
   * @param drafters closed with this; none: drafts are their root
   */
  public Ensemble(List<Drafter> drafters) {
    this.members = drafters.stream().map(Member::new).toList();
  }

  /** A drafter, what it proposed last, and what became of all that it proposed. */
  private static final class Member {
    final Drafter drafter;
    int sent;
    int accepted;
    DraftTree tree;
    int[] merged;

    Member(Drafter drafter) {
      this.drafter = drafter;
    }
  }

  /**
   * What a drafter has contributed so far.
   *
   * @param drafter its name
   * @param sent guesses sent, those that others proposed as well among them
   * @param accepted how many of them have become part of the text
   */
  public record Contribution(String drafter, int sent, int accepted) {}

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
   * @param maxNodes most guesses
   * @param maxDepth how far a guess may be from the root
   */
  public Draft draft(int root, int maxNodes, int maxDepth) {
    long start = System.nanoTime();
    DraftTree all = new DraftTree(root, Integer.MAX_VALUE, maxDepth);
    for (Member member : members) {
      member.tree = new DraftTree(root, maxNodes, maxDepth);
      if (maxNodes > 0) {
        member.drafter.propose(member.tree);
      }
      member.merged = merge(member.tree, all);
    }
    double[] reach = reach(all);
    boolean[] kept = new boolean[all.size()];
    IntStream.range(1, all.size())
        .boxed()
        .sorted(Comparator.comparingDouble(node -> -reach[node]))
        .limit(Math.min(maxNodes, MOST_GUESSES))
        .forEach(node -> kept[node] = true);
    Draft draft = Draft.of(all, reach, kept);
    nanos += System.nanoTime() - start;
    return draft;
  }

  private static int[] merge(DraftTree tree, DraftTree all) {
    int[] merged = new int[tree.size()];
    for (int node = 1; node < merged.length; node++) {
      int parent = merged[tree.parent(node)];
      merged[node] =
          tree.isProbe(node)
              ? all.probe(parent, tree.token(node))
              : all.add(parent, tree.token(node), tree.probability(node));
    }
    return merged;
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

  /**
   * Tells the drafters what the model made of a draft.
   *
   * @param choices the model's choice after each token of the draft
   * @param branch the tokens of the draft that have become part of the text
   */
  public void verified(Draft draft, int[] choices, int[] branch) {
    long start = System.nanoTime();
    boolean[] accepted = new boolean[draft.size()];
    for (int node : branch) {
      accepted[node] = true;
    }
    for (Member member : members) {
      int[] sentAs = IntStream.of(member.merged).map(draft::sentAs).toArray();
      Verdict verdict = new Verdict(sentAs, choices, accepted);
      for (int node = 1; node < sentAs.length; node++) {
        member.sent += verdict.isSent(node) ? 1 : 0;
        member.accepted += verdict.isAccepted(node) ? 1 : 0;
      }
      member.drafter.verified(verdict);
    }
    nanos += System.nanoTime() - start;
  }

  /** What each drafter has contributed so far. */
  public List<Contribution> contributions() {
    List<Contribution> contributions = new ArrayList<>();
    for (Member member : members) {
      contributions.add(new Contribution(member.drafter.name(), member.sent, member.accepted));
    }
    return contributions;
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
