package dev.bookend.grammar;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.util.concurrent.ExecutionException;

/**
 * Stand-ins for those frames and states of one grammar that were met. What a vocabulary knows of a
 * state, it keeps by the stand-in: a frame refers to all of its grammar, which would never be freed
 * if the vocabulary had it. Stand-ins that are forgotten are made anew. Safe for use by several
 * threads.
 */
final class KnownStates {
  static final long MOST_BYTES = 2L << 20;

  private final Cache<Object, Object> standIns =
      CacheBuilder.newBuilder()
          .concurrencyLevel(1)
          .maximumWeight(MOST_BYTES)
          .weigher((Object state, Object standIn) -> bytes(state))
          .build();

  private static int bytes(Object state) {
    return 200 + (state instanceof Stacks stacks ? stacks.bytes() : ((Frame) state).bytes());
  }

  Object standIn(Frame frame) {
    return any(frame);
  }

  Object standIn(Stacks state) {
    return any(state);
  }

  /** The same for equal states, as long as it is known. */
  private Object any(Object state) {
    try {
      return standIns.get(state, Object::new);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // none is thrown
    }
  }
}
