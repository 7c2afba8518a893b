package dev.bookend.speculation.lookup;

import java.util.Map;

/** Places in a text that have the same tokens before them. */
public interface Context {
  /** How many tokens they are known to have in common. */
  int length();

  /** How many places there are. */
  int count();

  /** The places one further, by the token between. */
  Map<Integer, ? extends Context> next();

  /**
   * Places with fewer tokens in common, the last of these: more places. Of length 0 where there are
   * no more.
   */
  Context link();
}
