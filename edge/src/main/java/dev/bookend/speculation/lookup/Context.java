package dev.bookend.speculation.lookup;

import java.util.Map;
import java.util.Optional;

/** The places in a text that have the same tokens before them. */
public interface Context {
  /** How many tokens before the places are known to be the same. */
  int length();

  /** How many places there are. */
  int count();

  /** For each token that stands at one of the places, the places behind it. */
  Map<Integer, ? extends Context> next();

  /** The places behind a token, where it stands at one of the places. */
  Optional<? extends Context> next(int token);

  /**
   * The places that have the last of these tokens before them, but fewer of them: as many as make
   * more places. Of length 0 where no number of them does.
   */
  Context link();
}
