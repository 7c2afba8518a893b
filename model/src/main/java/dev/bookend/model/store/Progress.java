package dev.bookend.model.store;

/** Is told how far a fetch or an export has come. Called on the thread that started it. */
@FunctionalInterface
public interface Progress {

  /**
   * Part of a file has arrived or been written. Called a few times a second, and with {@code done
   * == total} at the end of the file.
   *
   * @param what the file, for display
   * @param done bytes so far
   * @param total bytes in all, or -1 where that is unknown
   */
  void update(String what, long done, long total);
}
