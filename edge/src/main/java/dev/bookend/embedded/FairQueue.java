package dev.bookend.embedded;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;

/**
 * What several sequences ask for. Each sequence's requests keep their order. Of those whose turn it
 * is, small ones go before large ones, so that a next token does not wait for the whole of another
 * session's long prompt; now and then a large one goes first, so that it is not put off for ever.
 * Safe for use by several threads.
 */
final class FairQueue<T> {
  /** So many small requests in a row may overtake a large one. */
  private static final int MOST_OVERTAKING = 16;

  private final Map<Long, Queue<Entry<T>>> sequences = new HashMap<>();
  private long added;
  private int overtaking;

  private record Entry<T>(long number, long sequence, boolean isLarge, T request) {}

  synchronized void add(long sequence, boolean isLarge, T request) {
    sequences
        .computeIfAbsent(sequence, id -> new ArrayDeque<>())
        .add(new Entry<>(added++, sequence, isLarge, request));
  }

  /**
   * Takes the next request.
   *
   * @throws NoSuchElementException if there is none
   */
  synchronized T remove() {
    Comparator<Entry<T>> byAge = Comparator.comparingLong(Entry::number);
    Comparator<Entry<T>> order =
        overtaking < MOST_OVERTAKING
            ? Comparator.<Entry<T>, Boolean>comparing(Entry::isLarge).thenComparing(byAge)
            : byAge;
    Entry<T> next = sequences.values().stream().map(Queue::element).min(order).orElseThrow();
    Queue<Entry<T>> own = sequences.get(next.sequence);
    own.remove();
    if (own.isEmpty()) {
      sequences.remove(next.sequence);
    }
    overtaking = !next.isLarge && isLargeWaiting() ? overtaking + 1 : 0;
    return next.request;
  }

  private boolean isLargeWaiting() {
    return sequences.values().stream().flatMap(Collection::stream).anyMatch(Entry::isLarge);
  }
}
