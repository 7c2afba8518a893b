package dev.bookend.model.runtime;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What happens to the logits of one place in the text before a token is chosen there. Log-
 * probabilities that are reported are those from before. Immutable.
 *
 * @param added what is added to the logits of some tokens; a token outside the vocabulary counts
 *     for nothing
 * @param allowed the tokens that may be chosen; empty: all
 */
public record LogitEdit(Map<Integer, Float> added, Optional<Allowed> allowed) {
  /** Changes nothing. */
  public static final LogitEdit NONE = new LogitEdit(Map.of(), Optional.empty());

  /** Copies the map. */
  public LogitEdit {
    added = Map.copyOf(added);
  }

  /** Allows some tokens only. */
  public static LogitEdit allow(Allowed tokens) {
    return new LogitEdit(Map.of(), Optional.of(tokens));
  }

  /** Both this and another edit. */
  public LogitEdit and(LogitEdit other) {
    if (equals(NONE)) {
      return other;
    }
    if (other.equals(NONE)) {
      return this;
    }
    Map<Integer, Float> sum = new HashMap<>(added);
    other.added.forEach((token, value) -> sum.merge(token, value, Float::sum));
    return new LogitEdit(
        sum,
        allowed.isEmpty()
            ? other.allowed
            : allowed.map(tokens -> other.allowed.map(tokens::and).orElse(tokens)));
  }

  /** Whether the token may be chosen. */
  public boolean allows(int token) {
    return allowed.isEmpty() || allowed.get().contains(token);
  }

  /** A set of tokens, at least one. Immutable. */
  public static final class Allowed {
    private final BitSet tokens;

    /**
     * Copies the set.
     *
     * @throws IllegalArgumentException if there is no token
     */
    public Allowed(BitSet tokens) {
      if (tokens.isEmpty()) {
        throw new IllegalArgumentException("no token is allowed");
      }
      this.tokens = (BitSet) tokens.clone();
    }

    /** Whether a token is among them. */
    public boolean contains(int token) {
      return tokens.get(token);
    }

    /** The first of them that is not below {@code from}, or -1. */
    public int next(int from) {
      return tokens.nextSetBit(from);
    }

    private Allowed and(Allowed other) {
      BitSet both = (BitSet) tokens.clone();
      both.and(other.tokens);
      return new Allowed(both);
    }
  }
}
