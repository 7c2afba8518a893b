package dev.bookend.speculation;

import java.util.List;
import java.util.Optional;

/**
 * A drafter as a user's jar may bring it: expects the last token some times again. It is offered in
 * {@code META-INF/services} of the tests.
 */
public final class RepeatingDrafter implements Drafter {
  private final int times;
  private final int vocabularySize;
  private boolean isClosed;

  RepeatingDrafter(int times, int vocabularySize) {
    this.times = times;
    this.vocabularySize = vocabularySize;
  }

  @Override
  public String name() {
    return "repeat:" + times;
  }

  @Override
  public void observe(ObservedTokens accepted) {}

  @Override
  public void propose(DraftTree tree) {
    int node = DraftTree.ROOT;
    for (int time = 0; time < times; time++) {
      node = tree.add(node, tree.token(DraftTree.ROOT), 0.5);
    }
  }

  int vocabularySize() {
    return vocabularySize;
  }

  boolean isClosed() {
    return isClosed;
  }

  @Override
  public void close() {
    isClosed = true;
  }

  /** The drafter {@code repeat}, also called {@code again}. */
  public static final class Factory implements DrafterFactory {
    /** The drafter made last. */
    static RepeatingDrafter last;

    @Override
    public String name() {
      return "repeat";
    }

    @Override
    public List<String> aliases() {
      return List.of("again");
    }

    @Override
    public String syntax() {
      return "repeat[:TIMES]";
    }

    @Override
    public void check(Optional<String> argument) {
      if (!argument.orElse("1").matches("[1-9]")) {
        throw new IllegalArgumentException("TIMES is one of 1 to 9");
      }
    }

    @Override
    public Drafter open(DrafterContext context, Optional<String> argument) {
      int times = argument.map(Integer::parseInt).orElse(1);
      last = new RepeatingDrafter(times, context.vocabularySize());
      return last;
    }

    @Override
    public Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
      return argument.map(times -> "told " + times);
    }
  }
}
