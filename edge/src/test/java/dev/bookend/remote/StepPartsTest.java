package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.Step;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepPartsTest {
  private static final int CAPACITY = 64;

  /** What a new token does: it is written to a slot, and sees slots. */
  private record Token(int position, int slot, BitSet seen) {}

  private static List<Token> tokens(Step step) {
    List<Token> tokens = new ArrayList<>();
    for (int token = 0; token < step.tokens(); token++) {
      BitSet seen = new BitSet();
      for (int slot = 0; slot < step.capacity(); slot++) {
        seen.set(slot, step.cached().get(slot) != 0);
      }
      for (int other = 0; other < step.tokens(); other++) {
        if (step.tree().get(token * step.tokens() + other) != 0) {
          seen.set(step.slot(other));
        }
      }
      tokens.add(new Token(step.positions().asIntBuffer().get(token), step.slot(token), seen));
    }
    return tokens;
  }

  /** A random tree in shuffled slots behind a random set of cached ones. */
  private static Step step(Random random, int size) {
    List<Integer> slots = new ArrayList<>(IntStream.range(0, CAPACITY).boxed().toList());
    Collections.shuffle(slots, random);
    BitSet cached = new BitSet();
    slots.subList(size, size + random.nextInt(CAPACITY - size)).forEach(cached::set);
    int[] positions = new int[size];
    int[] parents = new int[size];
    for (int node = 0; node < size; node++) {
      parents[node] = random.nextInt(4) == 0 ? random.nextInt(node + 1) - 1 : node - 1;
      positions[node] = parents[node] < 0 ? 20 : positions[parents[node]] + 1;
    }
    int[] taken = slots.subList(0, size).stream().mapToInt(slot -> slot).toArray();
    return Step.tree(positions, taken, cached, CAPACITY, parents);
  }

  @Property(tries = 200)
  void eachTokenSeesInItsPartWhatItSeesInTheWhole(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 30) int size,
      @ForAll @IntRange(min = 1, max = 12) int most) {
    Step whole = step(new Random(seed), size);
    List<Step> parts = StepParts.cut(whole, most);
    List<Token> tokens = new ArrayList<>();
    for (Step part : parts) {
      assertTrue(part.tokens() <= most);
      assertEquals(whole.capacity(), part.capacity());
      tokens.addAll(tokens(part));
    }
    assertEquals(tokens(whole), tokens);
  }

  @Test
  void aStepThatFitsIsNotCut() {
    Step whole = step(new Random(1), 12);
    assertSame(whole, StepParts.cut(whole, 12).get(0));
    assertEquals(1, StepParts.cut(whole, 12).size());
  }

  @Test
  void aChainIsCutIntoAsFewPartsAsFit() {
    int[] places = IntStream.range(0, 10).toArray();
    Step chain = Step.chain(places, places, new BitSet(), CAPACITY);
    assertEquals(List.of(4, 4, 2), StepParts.cut(chain, 4).stream().map(Step::tokens).toList());
  }
}
