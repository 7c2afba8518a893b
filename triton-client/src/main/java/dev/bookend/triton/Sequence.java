package dev.bookend.triton;

/**
 * Ties a request to a sequence of a stateful model.
 *
 * @param id correlation id, not 0
 * @param start whether this is the sequence's first request
 * @param end whether this is its last
 */
public record Sequence(long id, boolean start, boolean end) {
  public Sequence {
    if (id == 0) {
      throw new IllegalArgumentException("0 means no sequence");
    }
  }
}
