package dev.bookend.speculation.drafthead;

import dev.bookend.error.BookendException;
import java.util.Optional;

/** Where drafters find the stand-in head that they share. Safe for use by several threads. */
@FunctionalInterface
public interface StandInSource {
  /**
   * The head. The first call has it loaded in the background.
   *
   * @return empty as long as it is being loaded
   * @throws BookendException if it cannot be loaded
   */
  Optional<StandInHead> head();
}
