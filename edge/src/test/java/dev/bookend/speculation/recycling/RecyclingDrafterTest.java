package dev.bookend.speculation.recycling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore.Scored;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.VerifiedTree;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecyclingDrafterTest {
  private final RecyclingDrafter drafter = new RecyclingDrafter();
  private int position;

  /** Lets the model's candidates after a token be these, with probabilities 0.6, 0.3, 0.15, ... */
  private static TokenChoice choice(int... candidates) {
    List<Scored> top =
        IntStream.range(0, candidates.length)
            .mapToObj(i -> new Scored(candidates[i], (float) Math.log(0.6 / (1 << i))))
            .toList();
    return new TokenChoice(candidates[0], 1, top.get(0).logProbability(), top);
  }

  private DraftTree proposal(int root) {
    DraftTree tree = new DraftTree(root, 100, 10);
    drafter.propose(tree);
    return tree;
  }

  private void observe(int... tokens) {
    drafter.observe(new ObservedTokens(position, tokens));
    position += tokens.length;
  }

  /** A round trip in which some nodes are sent, and all but the root are rejected. */
  private void verify(DraftTree tree, TokenChoice... choices) {
    int[] sentAs = new int[tree.size()];
    boolean[] accepted = new boolean[choices.length];
    for (int node = 0; node < sentAs.length; node++) {
      sentAs[node] = node < choices.length ? node : DraftTree.NONE;
    }
    accepted[DraftTree.ROOT] = true;
    drafter.verified(new VerifiedTree(sentAs, choices, accepted));
  }

  @Test
  void whatFollowedATokenMayFollowItElsewhere() {
    observe(1);
    DraftTree first = proposal(2);
    assertEquals(1, first.size(), "nothing is known yet");
    verify(first, choice(7, 8));
    observe(2, 5, 6);
    DraftTree second = proposal(2);
    int likely = second.child(DraftTree.ROOT, 7);
    int other = second.child(DraftTree.ROOT, 8);
    assertNotEquals(DraftTree.NONE, likely);
    assertTrue(second.probability(likely) > second.probability(other));
  }

  @Test
  void twoTokensAreTrustedMoreThanOne() {
    observe(1);
    verify(proposal(2), choice(7, 8));
    observe(2, 1);
    double afterTwo = probabilityOf7(proposal(2));
    observe(9);
    double afterOne = probabilityOf7(proposal(2));
    assertTrue(afterTwo > afterOne, afterTwo + " > " + afterOne);
  }

  private static double probabilityOf7(DraftTree tree) {
    return tree.probability(tree.child(DraftTree.ROOT, 7));
  }

  @Test
  void itLearnsBehindRejectedTokensAndExtendsOthers() {
    observe(1);
    DraftTree tree = new DraftTree(2, 100, 10);
    int wrong = tree.add(DraftTree.ROOT, 3, 0.4); // another drafter's
    drafter.propose(tree);
    verify(tree, choice(7), choice(4, 5));
    observe(2, 7);
    DraftTree next = new DraftTree(8, 100, 10);
    int again = next.add(DraftTree.ROOT, 3, 0.4);
    drafter.propose(next);
    assertNotEquals(DraftTree.NONE, next.child(again, 4));
    assertNotEquals(DraftTree.NONE, next.child(again, 5));
    assertEquals(wrong, again);
  }

  @Test
  void whatIsNotChosenIsTrustedLess() {
    observe(1);
    verify(proposal(2), choice(7, 8));
    observe(2, 1);
    double before = probabilityOf7(proposal(2));
    for (int i = 0; i < 20; i++) {
      verify(proposal(2), choice(9, 7));
      verify(proposal(2), choice(7, 9));
    }
    double trusted = probabilityOf7(proposal(2));
    assertTrue(trusted < before, trusted + " < " + before);
  }

  @Test
  void whatWasMetLongAgoIsForgotten() {
    RecycledTokens recycled = new RecycledTokens();
    recycled.put(1, 2, List.of(new Scored(3, 0)));
    for (int token = 0; token < 100_000; token++) {
      recycled.put(5, 1000 + token, List.of(new Scored(3, 0)));
    }
    assertEquals(0, recycled.after(1, 2).size());
    assertEquals(1, recycled.after(7, 1000 + 99_999).size());
  }
}
