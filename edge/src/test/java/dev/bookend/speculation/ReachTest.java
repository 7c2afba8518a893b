package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReachTest {
  @Test
  void isTheProductOfTheProbabilitiesFromTheRoot() {
    DraftTree tree = new DraftTree(1, 9, 9);
    int child = tree.add(DraftTree.ROOT, 2, 0.5);
    int grandchild = tree.add(child, 3, 0.25);
    Reach reach = Reach.of(tree);
    assertEquals(1, reach.at(DraftTree.ROOT));
    assertEquals(0.5, reach.at(child));
    assertEquals(0.125, reach.at(grandchild));
  }

  @Test
  void childrenOfSeveralDraftersAreScaledDownToOne() {
    DraftTree tree = new DraftTree(1, 9, 9);
    tree.add(DraftTree.ROOT, 2, 0.9);
    tree.add(DraftTree.ROOT, 3, 0.6);
    assertEquals(0.9 / 1.5, Reach.ofMerged(tree).at(1));
    assertEquals(0.6 / 1.5, Reach.ofMerged(tree).at(2));
    assertEquals(0.9, Reach.of(tree).at(1), "one drafter's are taken as they are");
  }

  /** Also where children are as likely as their parents, or as each other. */
  @Property(tries = 200)
  void theLikeliestComeFirstAndChildrenBehindTheirParents(@ForAll long seed) {
    Random random = new Random(seed);
    DraftTree tree = new DraftTree(0, 40, 6);
    for (int i = 0; i < 60; i++) {
      tree.add(random.nextInt(tree.size()), random.nextInt(9), random.nextInt(3) / 2.0);
    }
    Reach reach = Reach.ofMerged(tree);
    int[] likeliest = reach.likeliest(node -> true, 20);
    boolean[] isBefore = new boolean[tree.size()];
    isBefore[DraftTree.ROOT] = true;
    double last = 1;
    for (int node : likeliest) {
      assertTrue(isBefore[tree.parent(node)], "before its parent: " + node);
      assertTrue(reach.at(node) <= last && reach.at(node) > 0);
      isBefore[node] = true;
      last = reach.at(node);
    }
  }

  @Test
  void equallyLikelyNodesKeepTheirOrderAndNodesMayBeLeftOut() {
    DraftTree tree = new DraftTree(1, 9, 9);
    for (int token = 2; token < 7; token++) {
      tree.add(DraftTree.ROOT, token, token == 4 ? 0 : 0.1);
    }
    assertArrayEquals(new int[] {1, 2, 5}, Reach.of(tree).likeliest(node -> node != 4, 3));
  }
}
