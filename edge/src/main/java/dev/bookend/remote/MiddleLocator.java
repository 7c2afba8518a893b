package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Finds the middle of the model on one of several servers: the first model whose stated contract
 * fits this edge. Once a server has failed a session, the next session, and each session that
 * begins anew, goes to the server after it.
 *
 * <p>Safe for use by several threads. At most one search is under way, on a thread of its own;
 * those who need its result wait for it, and all others go on. No lock is held while a server is
 * asked.
 */
public final class MiddleLocator {
  private final List<TritonConnection> connections;
  private final Contract contract;

  private final Object lock = new Object(); // guards the fields below, never a call to a server
  private LocatedMiddle current; // null until the first search has found one
  private boolean lost;
  private int next; // where the next search begins
  private CompletableFuture<LocatedMiddle> search; // null while none is under way

  /**
   * @param connections to the servers, in the order in which they are tried; at least one
   */
  public MiddleLocator(List<TritonConnection> connections, Contract contract) {
    this.connections = List.copyOf(connections);
    this.contract = contract;
  }

  /**
   * The middle on the server in use or, while that is lost, on the last one that was. Searches the
   * first time, and never waits after that.
   *
   * @throws CloudException if no server can be reached, or none has a middle for this model and
   *     split
   */
  public ServedMiddle served() {
    return CloudException.crossing(() -> last().served());
  }

  /** The middle that was found last; searches only if there is none. */
  LocatedMiddle last() {
    synchronized (lock) {
      if (current != null) {
        return current;
      }
    }
    return locate();
  }

  /**
   * The middle on the server in use; searches if that is lost.
   *
   * @throws TritonException if no server can be reached; of kind MODEL_UNAVAILABLE if none has the
   *     middle that was in use before, for it may be loaded again; of kind CANCELLED if this thread
   *     is interrupted
   * @throws DisagreementException as {@link #served}, the first time
   */
  LocatedMiddle locate() {
    CompletableFuture<LocatedMiddle> result;
    synchronized (lock) {
      if (current != null && !lost) {
        return current;
      }
      if (search == null) {
        CompletableFuture<LocatedMiddle> begun = new CompletableFuture<>();
        Search task = new Search(begun, next, current != null);
        Thread thread = new Thread(task, "bookend-locate");
        thread.setDaemon(true);
        thread.start(); // ends behind this block, for it needs the lock
        search = begun;
      }
      result = search;
    }
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TritonException(
          TritonException.Kind.CANCELLED, "interrupted while looking for the middle layers", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  /**
   * Tells that a middle has failed a session. Of several sessions that it has failed, only the
   * first one's word counts.
   */
  void lost(LocatedMiddle failed) {
    synchronized (lock) {
      if (failed == current && !lost) {
        lost = true;
        next = (failed.server() + 1) % connections.size();
      }
    }
  }

  /** One search: asks each server once. */
  private final class Search implements Runnable {
    private final CompletableFuture<LocatedMiddle> result;
    private final int first;
    private final boolean wasFoundBefore;

    Search(CompletableFuture<LocatedMiddle> result, int first, boolean wasFoundBefore) {
      this.result = result;
      this.first = first;
      this.wasFoundBefore = wasFoundBefore;
    }

    @Override
    public void run() {
      LocatedMiddle found = null;
      Throwable failure = null;
      try {
        found = find();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      synchronized (lock) {
        search = null;
        if (found == null) {
          next = (first + 1) % connections.size();
        } else {
          current = found;
          lost = false;
        }
      }
      if (found == null) {
        result.completeExceptionally(failure);
      } else {
        result.complete(found);
      }
    }

    /**
     * The first server, from {@link #first} on, that has the middle. In the first search of all a
     * middle that fits nowhere is a mistake. In a later one it has been there, and may come back.
     */
    private LocatedMiddle find() {
      RuntimeException failure = null;
      for (int tried = 0; tried < connections.size(); tried++) {
        int server = (first + tried) % connections.size();
        TritonConnection connection = connections.get(server);
        try {
          ServedMiddle served = new ServerMiddles(connection).find(contract);
          return new LocatedMiddle(server, connection, served, contract.hiddenSize());
        } catch (TritonException | DisagreementException e) {
          // Of several failures, one that may pass is the one to tell.
          failure = failure == null || rank(e) > rank(failure) ? e : failure;
        }
      }
      throw wasFoundBefore && failure instanceof DisagreementException ? away(failure) : failure;
    }

    private int rank(RuntimeException e) {
      if (e instanceof TritonException triton) {
        return RetryPolicy.mayPass(triton) ? 2 : 1;
      }
      return 0;
    }

    private TritonException away(RuntimeException failure) {
      return new TritonException(
          TritonException.Kind.MODEL_UNAVAILABLE,
          "the middle in use is no longer served, and has not come back: " + failure.getMessage(),
          failure);
    }
  }
}
