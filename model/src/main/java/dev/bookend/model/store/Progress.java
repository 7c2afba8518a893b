package dev.bookend.model.store;

/** Hears how far a fetch has come. Called from the thread that called {@link ModelStore}. */
@FunctionalInterface
public interface Progress {

  /**
   * Some of a file is here. Called a few times a second, and with {@code done == total} at its end.
   *
   * @param what the file, for display
   * @param done bytes so far
   * @param total bytes in all, or -1 where that is unknown
   */
  void update(String what, long done, long total);
}
