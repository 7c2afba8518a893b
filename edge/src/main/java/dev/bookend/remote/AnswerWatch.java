package dev.bookend.remote;

import dev.bookend.triton.TritonException;
import dev.bookend.triton.TritonException.Kind;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waits for answers of one server, and looks meanwhile whether it still lives: an answer that is
 * late may be lost with a connection that is dead without a word, or it may take its time. So once
 * it is late, the server is asked, over the same connection, whether it lives. If it does not say
 * so, the connection is given up.
 *
 * <p>What a step takes to travel does not count as the server's time. It has arrived once it has
 * left this process and a question sent behind it is answered; and while an answer's bytes come,
 * they are waited for. How long at most depends on how many bytes there are.
 */
final class AnswerWatch {
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);
  private static final Duration UNTIL_TOLD = Duration.ofSeconds(1);
  private static final Duration FIRST_LOOK = Duration.ofMillis(500); // it may wait for a place

  private final LocatedMiddle middle;
  private final RemoteSequence sequence;
  private final MiddleLocator locator;
  private final Duration left;
  private final int failed;

  /**
   * @param sequence whose answers are waited for
   * @param left how long may be waited at most
   * @param failed how many attempts have failed before; each doubles the patience
   */
  AnswerWatch(
      LocatedMiddle middle,
      RemoteSequence sequence,
      MiddleLocator locator,
      Duration left,
      int failed) {
    this.middle = middle;
    this.sequence = sequence;
    this.locator = locator;
    this.left = left;
    this.failed = Math.min(failed, 6);
  }

  /**
   * Waits until the answer is there or has failed. The server runs the first step of a sequence
   * only once it has a place for it.
   *
   * @param tokens of the step
   * @throws TritonException of kind DEADLINE if the server lives but does not answer; of kind
   *     UNREACHABLE if it does not say that it lives; of kind CANCELLED if this thread is
   *     interrupted
   */
  void await(CompletableFuture<?> answer, int tokens) {
    long start = System.nanoTime();
    boolean first = !sequence.isAnswered();
    Duration limit = limit(tokens, first);
    Duration end = limit.plus(middle.pace().transfer());
    Duration last = greatest(end, limit.plus(middle.pace().longestTransfer()));
    Duration lookAt = first ? FIRST_LOOK : middle.pace().patience(tokens);
    Duration tellAt = UNTIL_TOLD;
    Duration waited = Duration.ZERO;
    boolean arrived = false;
    long received = sequence.bytesReceived();
    while (!isDone(answer, least(end, least(lookAt, tellAt)).minus(waited))) {
      waited = since(start);
      if (sequence.bytesReceived() > received) {
        received = sequence.bytesReceived();
        end = least(last, greatest(end, waited.plus(limit)));
      }
      if (waited.compareTo(end) >= 0) {
        throw late(waited, first);
      }
      if (waited.compareTo(lookAt) >= 0) {
        boolean sent = sequence.isSent();
        requireAlive();
        waited = since(start);
        lookAt = waited.plus(BETWEEN_LOOKS);
        if (sent && !arrived) {
          arrived = true;
          end = least(last, waited.plus(limit));
        }
      }
      if (waited.compareTo(tellAt) >= 0) {
        locator.tell(new CloudEvent.Waiting(middle.name(), waited, first && arrived));
        tellAt = waited.plus(BETWEEN_LOOKS);
      }
    }
    if (!first) { // the first may have waited for a place
      middle.pace().answered(tokens, System.nanoTime() - start);
    }
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** How long the server may take for a step that has arrived. */
  private Duration limit(int tokens, boolean first) {
    ServerPace pace = middle.pace();
    Duration most = least(left, middle.connection().deadline());
    if (first && locator.size() == 1) {
      return most; // to wait for a place is all that can be done
    }
    Duration limit = first ? pace.limitOfFirst(tokens) : pace.limit(tokens);
    return least(most, limit.multipliedBy(1L << failed));
  }

  private static boolean isDone(CompletableFuture<?> answer, Duration wait) {
    try {
      answer.get(Math.max(0, wait.toNanos()), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | CancellationException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TritonException(Kind.CANCELLED, "interrupted while waiting for the cloud", e);
    }
  }

  private void requireAlive() {
    Duration limit = middle.pace().probeLimit().multipliedBy(1L << failed);
    long received = sequence.bytesReceived();
    long start = System.nanoTime();
    try {
      boolean unused = middle.connection().serverLive(limit);
      middle.pace().measured(System.nanoTime() - start);
    } catch (TritonException e) {
      switch (e.kind()) {
        case UNREACHABLE, BROKEN, DEADLINE -> {
          if (e.kind() == Kind.DEADLINE && sequence.bytesReceived() > received) {
            return; // an answer comes, and what the server says waits behind it
          }
          middle.connection().drop();
          throw new TritonException(
              Kind.UNREACHABLE,
              middle.name()
                  + ": the connection is dead: a step is late, and the server does not"
                  + " say that it lives",
              e);
        }
        case CANCELLED -> throw e;
        default -> {} // whatever it says, it lives
      }
    }
  }

  private TritonException late(Duration waited, boolean first) {
    return new TritonException(
        Kind.DEADLINE,
        "%s: no answer to %s after %.0f s, though the server lives; %s"
            .formatted(
                middle.name(),
                first ? "the first step of a session" : "a step",
                waited.toMillis() / 1e3,
                first ? "all its places for sessions may be taken" : "it may be overloaded"),
        null);
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration greatest(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
