package dev.bookend.speculation.drafthead;

import dev.bookend.model.runtime.Shortlist;
import dev.bookend.speculation.ObservedTokens;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The tokens that a draft head may propose for one session: those of a shortlist, and those of the
 * text, which are likely to occur again. Not thread-safe.
 */
final class TextShortlist implements AutoCloseable {
  private final Shortlist base;
  private final Set<Integer> listed = new HashSet<>();

  /** The tokens of the text that are not listed yet. */
  private final Set<Integer> unlisted = new LinkedHashSet<>();

  private Shortlist current;

  /**
   * The tokens of a shortlist alone.
   *
   * @param base closed by its owner, after this
   */
  TextShortlist(Shortlist base) {
    this.base = base;
    this.current = base;
    IntStream.of(base.tokens()).forEach(listed::add);
  }

  /** Takes note of the tokens of the text. */
  void observe(ObservedTokens text) {
    IntStream.of(text.tokens()).filter(token -> !listed.contains(token)).forEach(unlisted::add);
  }

  /** All that may be proposed now; closed with this, or by the next call. */
  Shortlist current() {
    if (listed.addAll(unlisted)) {
      int[] own = IntStream.of(current.tokens()).skip(base.size()).toArray();
      close();
      current = base.with(IntStream.concat(IntStream.of(own), stream(unlisted)).toArray());
      unlisted.clear();
    }
    return current;
  }

  private static IntStream stream(Set<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue);
  }

  @Override
  public void close() {
    if (current != base) {
      current.close();
    }
  }
}
