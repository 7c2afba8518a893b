package dev.bookend.triton;

import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bidirectional stream of inferences (ModelStreamInfer). Requests of one sequence run in the
 * order they are sent; answers are matched by request id, so several sequences can share a stream.
 * Once a stream has failed, all requests on it have, and a new one is needed. A request that failed
 * by itself, as a server's error or by its deadline, leaves the others and the stream alone. Each
 * request has one answer: of a decoupled model, which gives several, the first counts.
 *
 * <p>Safe for use by several threads. Nothing holds a sender back: whoever sends without waiting
 * bounds what is under way.
 */
public final class InferenceStream implements AutoCloseable {
  private final Errors errors;
  private final Duration deadline;
  private final Map<String, CompletableFuture<InferResult>> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private final Object lock = new Object(); // guards the fields below and calls on requests
  private final StreamObserver<ModelInferRequest> requests;
  private boolean closed;
  private TritonException failure;

  @SuppressWarnings("FutureReturnValueIgnored") // nothing depends on it
  InferenceStream(Errors errors, ManagedChannel channel, Duration deadline) {
    this.errors = errors;
    this.deadline = deadline;
    synchronized (lock) { // an answer may come before the field is set
      this.requests = GRPCInferenceServiceGrpc.newStub(channel).modelStreamInfer(new Answers());
    }
    ended.thenRunAsync(() -> breakOff(errors.noAnswer())); // nothing, unless close() set a timer
  }

  /**
   * Sends a request without waiting. The future fails with {@link TritonException}, at the latest
   * when the connection's deadline has passed since now. What depends on it may use the stream, but
   * must not block: it mostly runs on the thread that reads the stream.
   *
   * <p>Cancelling the future gives up the answer only: the protocol cannot take back one request of
   * a stream, and the server runs it all the same.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the caller gets the one that counts
  public CompletableFuture<InferResult> send(InferRequest request) {
    String id = Long.toString(lastId.incrementAndGet());
    ModelInferRequest message = request.toMessage(id);
    CompletableFuture<InferResult> answer = new CompletableFuture<>();
    TritonException refusal;
    synchronized (lock) {
      refusal = closed ? errors.of(Kind.CANCELLED, "the stream is closed") : failure;
      if (refusal == null) {
        pending.put(id, answer);
        requests.onNext(message);
      }
    }
    if (refusal != null) {
      answer.completeExceptionally(refusal);
      return answer;
    }
    CompletableFuture<Boolean> late =
        new CompletableFuture<Boolean>()
            .completeOnTimeout(true, deadline.toNanos(), TimeUnit.NANOSECONDS);
    late.thenAccept(
        passed -> {
          if (passed) { // on the JDK's only timer thread, where callers' code must not run
            CompletableFuture.runAsync(() -> answer.completeExceptionally(errors.noAnswer()));
          }
        });
    answer.whenComplete(
        (result, error) -> {
          pending.remove(id);
          late.complete(false); // cancelling would make two exceptions a request
        });
    return answer;
  }

  /**
   * Waits for an answer of {@link #send}, which comes or fails by its deadline.
   *
   * @throws TritonException if the request failed, or this thread was interrupted: the interrupt
   *     stays set and the request goes on
   */
  public InferResult await(CompletableFuture<InferResult> answer) {
    return errors.await(answer);
  }

  /**
   * Sends no more and does not wait. The stream ends once all that was sent is answered. It is
   * broken off where that has not come when the connection's deadline has passed since now.
   */
  @Override
  public void close() {
    synchronized (lock) {
      if (!closed && failure == null) {
        requests.onCompleted();
        ended.completeOnTimeout(null, deadline.toNanos(), TimeUnit.NANOSECONDS);
      }
      closed = true;
    }
  }

  /** Breaks the stream off; requests without an answer fail. */
  public void cancel() {
    breakOff(errors.of(Kind.CANCELLED, "the stream is cancelled"));
  }

  private void breakOff(TritonException cause) {
    if (fail(cause)) {
      synchronized (lock) {
        requests.onError(cause);
      }
    }
  }

  /** The first failure is the one that is told; says whether this was it. */
  private boolean fail(TritonException cause) {
    synchronized (lock) {
      if (failure != null) {
        return false;
      }
      failure = cause;
    }
    // Nothing is added from here on. Outside the lock, for this runs the callers' code.
    List.copyOf(pending.values()).forEach(answer -> answer.completeExceptionally(cause));
    ended.complete(null);
    return true;
  }

  /** Runs on gRPC's threads. */
  private final class Answers implements StreamObserver<ModelStreamInferResponse> {
    @Override
    public void onNext(ModelStreamInferResponse message) {
      String id = message.getInferResponse().getId();
      String error = message.getErrorMessage();
      CompletableFuture<InferResult> answer = pending.get(id);
      if (answer == null) {
        // An answer that nobody waits for any more is dropped. But an error that does not say which
        // request it is about leaves none of them safe to wait for.
        if (id.isEmpty() && !error.isEmpty()) {
          breakOff(errors.ofMessage(error));
        }
      } else if (!error.isEmpty()) {
        answer.completeExceptionally(errors.ofMessage(error));
      } else {
        try {
          answer.complete(InferResult.of(message.getInferResponse()));
        } catch (IllegalArgumentException e) {
          answer.completeExceptionally(errors.malformed(e));
        }
      }
    }

    @Override
    public void onError(Throwable error) {
      fail(errors.of(error));
    }

    @Override
    public void onCompleted() {
      fail(errors.of(Kind.UNREACHABLE, "the server ended the stream"));
    }
  }
}
