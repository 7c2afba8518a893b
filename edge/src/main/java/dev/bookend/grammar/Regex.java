package dev.bookend.grammar;

import java.util.List;

/** A regular expression. */
sealed interface Regex {
  /** The empty text. */
  Regex EMPTY = new Sequence(List.of());

  /** Any text. */
  Regex ANYTHING = new Repeated(new One(CharSet.ALL), 0, Repeated.UNBOUNDED);

  /** One character. */
  record One(CharSet characters) implements Regex {}

  /** One part behind the other. */
  record Sequence(List<Regex> parts) implements Regex {}

  /** One of these. */
  record Either(List<Regex> parts) implements Regex {}

  /** A part several times. */
  record Repeated(Regex part, int min, int max) implements Regex {
    static final int UNBOUNDED = Integer.MAX_VALUE;
  }
}
