package dev.bookend.edge.speculation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The drafters that a user asked for by name.
 *
 * @param names as {@code --draft} takes them
 */
public record DraftSpec(List<String> names) {
  private static final int NGRAM = 3;
  private static final int COLUMNS = 15;
  private static final int N = 5;

  public DraftSpec {
    names = List.copyOf(names);
    names.forEach(DraftSpec::supplier);
  }

  /**
   * Reads names with commas between them, or {@code none}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static DraftSpec parse(String text) {
    return new DraftSpec(text.equals("none") ? List.of() : List.of(text.split(",", -1)));
  }

  /** New drafters for one session. */
  public List<Drafter> open() {
    List<Drafter> drafters = new ArrayList<>();
    for (String name : names) {
      drafters.add(supplier(name).get());
    }
    return drafters;
  }

  private static Supplier<Drafter> supplier(String name) {
    if (name.equals("suffix")) {
      return SuffixDrafter::new;
    }
    if (name.equals("lookahead")) {
      return () -> new LookaheadDrafter(COLUMNS, N, COLUMNS);
    }
    if (name.equals("ngram")) {
      return () -> new NgramDrafter(NGRAM);
    }
    if (name.matches("ngram:[3-7]")) {
      int n = name.charAt(name.length() - 1) - '0';
      return () -> new NgramDrafter(n);
    }
    throw new IllegalArgumentException(
        "'"
            + name
            + "' is no drafter; write suffix, lookahead, ngram or ngram:3 to ngram:7, or none");
  }
}
