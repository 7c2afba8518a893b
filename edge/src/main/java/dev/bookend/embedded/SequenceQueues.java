package dev.bookend.embedded;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * What each sequence has asked for and not been answered. A sequence's requests keep their order:
 * only its oldest one is due. Safe for use by several threads.
 */
final class SequenceQueues<T> {
  private final Map<Long, Queue<T>> sequences = new HashMap<>();

  /** Adds a request and says whether it is due at once, as the only one of its sequence. */
  synchronized boolean add(long sequence, T request) {
    Queue<T> own = sequences.computeIfAbsent(sequence, id -> new ArrayDeque<>());
    own.add(request);
    return own.size() == 1;
  }

  /** Forgets the request that was due, and returns the one that is due now. */
  synchronized Optional<T> next(long sequence) {
    Queue<T> own = sequences.get(sequence);
    own.remove();
    if (own.isEmpty()) {
      sequences.remove(sequence);
    }
    return Optional.ofNullable(own.peek());
  }
}
