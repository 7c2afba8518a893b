package dev.bookend.edge;

import dev.bookend.edge.speculation.Committed;
import dev.bookend.edge.speculation.DraftTree;
import dev.bookend.edge.speculation.Drafter;
import java.util.List;
import java.util.Random;

/** Guesses at random among some tokens, many at once. */
final class WideDrafter implements Drafter {
  private final Random random = new Random(1);
  private final List<Integer> tokens;

  WideDrafter(List<Integer> tokens) {
    this.tokens = tokens;
  }

  @Override
  public String name() {
    return "wide";
  }

  @Override
  public void observe(Committed committed) {}

  @Override
  public void propose(DraftTree tree) {
    for (int i = 0; i < 20; i++) {
      tree.add(random.nextInt(tree.size()), tokens.get(random.nextInt(tokens.size())), 0.9);
    }
  }
}
