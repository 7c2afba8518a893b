package dev.bookend.triton;

/**
 * The place of a request in a sequence of a stateful model (Triton's sequence extension).
 *
 * @param id the sequence's correlation id; any number but 0
 * @param start whether this is the first request of the sequence
 * @param end whether this is the last request of the sequence
 */
public record Sequence(long id, boolean start, boolean end) {
  /**
   * Checks the id.
   *
   * @throws IllegalArgumentException if the id is 0
   */
  public Sequence {
    if (id == 0) {
      throw new IllegalArgumentException(
          "a sequence cannot have the id 0, which means a request without a sequence");
    }
  }
}
