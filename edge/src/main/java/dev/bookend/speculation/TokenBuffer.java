package dev.bookend.speculation;

import java.util.Arrays;
import java.util.Objects;

/** A sequence of token ids that grows and shrinks at its end. Not thread-safe. */
public final class TokenBuffer {
  private int[] tokens = new int[256];
  private int length;

  /** Number of tokens. */
  public int length() {
    return length;
  }

  /**
   * The token at an index.
   *
   * @throws IndexOutOfBoundsException if there is none
   */
  public int get(int index) {
    return tokens[Objects.checkIndex(index, length)];
  }

  /** Appends tokens. */
  public void add(int... more) {
    if (length + more.length > tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * (length + more.length));
    }
    System.arraycopy(more, 0, tokens, length, more.length);
    length += more.length;
  }

  /**
   * Drops all tokens from an index on.
   *
   * @throws IndexOutOfBoundsException if there are fewer tokens than that
   */
  public void truncate(int newLength) {
    Objects.checkFromToIndex(0, newLength, length);
    length = newLength;
  }

  /**
   * A copy of the tokens [from,to).
   *
   * @throws IndexOutOfBoundsException if there are no such tokens
   */
  public int[] range(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return Arrays.copyOfRange(tokens, from, to);
  }

  /** Number of tokens with which both this sequence and another one begin. */
  public int commonPrefix(int... other) {
    return commonPrefix(other, other.length);
  }

  /** Number of tokens with which both this sequence and another one begin. */
  public int commonPrefix(TokenBuffer other) {
    return commonPrefix(other.tokens, other.length);
  }

  private int commonPrefix(int[] other, int otherLength) {
    int mismatch = Arrays.mismatch(tokens, 0, length, other, 0, otherLength);
    return mismatch < 0 ? length : mismatch;
  }

  /**
   * Whether the same tokens stand at two places.
   *
   * @param count how many tokens are compared
   * @throws IndexOutOfBoundsException if there are fewer tokens than that behind either place
   */
  public boolean isEqualAt(int place, int otherPlace, int count) {
    Objects.checkFromIndexSize(place, count, length);
    Objects.checkFromIndexSize(otherPlace, count, length);
    return Arrays.equals(tokens, place, place + count, tokens, otherPlace, otherPlace + count);
  }
}
