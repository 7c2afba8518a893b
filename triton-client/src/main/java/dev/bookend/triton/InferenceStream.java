package dev.bookend.triton;

import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bidirectional stream of inferences (ModelStreamInfer, an extension of Triton's). Requests of
 * one sequence run in the order in which they are sent. Answers are matched with requests by id, so
 * that several sequences can share a stream.
 *
 * <p>If the stream fails, all requests on it fail with it, and a new stream is needed. If a single
 * request fails, because the server reports an error or the deadline passes, the stream and its
 * other requests go on. Each request has one answer; where a decoupled model gives several, the
 * first is taken.
 *
 * <p>Safe for use by several threads. A sender is never held back, so a caller that sends without
 * waiting must limit the number of its requests under way.
 */
public final class InferenceStream implements AutoCloseable {
  private final Errors errors;
  private final Duration deadline;
  private final Map<String, CompletableFuture<InferResult>> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final WireCounter counter = new WireCounter();

  private final Object lock = new Object(); // guards the fields below and calls on requests
  private final ClientCallStreamObserver<ModelInferRequest> requests;
  private boolean closed;
  private TritonException failure;
  private volatile boolean used;

  @SuppressWarnings("FutureReturnValueIgnored") // no code waits for the stream to be broken off
  InferenceStream(Errors errors, ManagedChannel channel, Duration deadline, int maxInboundBytes) {
    this.errors = errors;
    this.deadline = deadline;
    synchronized (lock) { // an answer that comes at once waits until the field is set
      this.requests =
          (ClientCallStreamObserver<ModelInferRequest>)
              GRPCInferenceServiceGrpc.newStub(channel)
                  .withMaxInboundMessageSize(maxInboundBytes)
                  .withInterceptors(Channels.counting(counter))
                  .modelStreamInfer(new Answers());
    }
    // Has an effect only after the timer of close(): before that, the stream has failed already.
    ended.thenRunAsync(() -> breakOff(errors.noAnswer()));
  }

  /**
   * Sends a request without waiting. The future fails with {@link TritonException}, at the latest
   * when the connection's deadline, counted from this call, has passed. Functions that depend on
   * the future may use the stream but must not block, because they mostly run on the thread that
   * reads the stream.
   *
   * <p>Cancelling the future only gives up the answer. The protocol has no way to take back a
   * request on a stream, so the server still runs it.
   */
  public CompletableFuture<InferResult> send(InferRequest request) {
    return send(request, deadline);
  }

  /**
   * As {@link #send(InferRequest)}, with a deadline of its own.
   *
   * @param longest the longest wait for the answer; positive
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the caller gets the future of the answer
  public CompletableFuture<InferResult> send(InferRequest request, Duration longest) {
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
            .completeOnTimeout(true, longest.toNanos(), TimeUnit.NANOSECONDS);
    late.thenAccept(
        passed -> {
          if (passed) { // this is the JDK's only timer thread, which must not run callers' code
            CompletableFuture.runAsync(() -> answer.completeExceptionally(errors.noAnswer()));
          }
        });
    answer.whenComplete(
        (result, error) -> {
          pending.remove(id);
          late.complete(false); // cancel() would create two exceptions for each request
        });
    return answer;
  }

  /**
   * Waits for an answer of {@link #send}, at most until its deadline.
   *
   * @throws TritonException if the request failed or this thread was interrupted. After an
   *     interrupt the thread's flag stays set, and the request goes on
   */
  public InferResult await(CompletableFuture<InferResult> answer) {
    return errors.await(answer);
  }

  /** Whether requests can be sent: the stream was neither closed nor has it failed. */
  public boolean isOpen() {
    synchronized (lock) {
      return !closed && failure == null;
    }
  }

  /**
   * Whether all requests have left this process, but for a few kilobytes; on a slow network that
   * takes as long as they are large. They may still be on their way then. False before there is a
   * connection, and once the stream is closed.
   */
  public boolean isSent() {
    return requests.isReady();
  }

  /**
   * The bytes of all messages received so far, also of one that is not complete, without the
   * framing of gRPC and HTTP/2.
   */
  public long bytesReceived() {
    return counter.received();
  }

  /**
   * Ends the sending and returns at once. The stream ends when all requests are answered, or is
   * broken off when the connection's deadline, counted from this call, has passed.
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

  /** Breaks the stream off. Requests without an answer fail with kind CANCELLED. */
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

  /** Fails the stream and its requests, unless it has failed before; says whether it did. */
  private boolean fail(TritonException cause) {
    synchronized (lock) {
      if (failure != null) {
        return false;
      }
      failure = cause;
    }
    // No request is added any more. This runs callers' code, so the lock must not be held.
    List.copyOf(pending.values()).forEach(answer -> answer.completeExceptionally(cause));
    ended.complete(null);
    return true;
  }

  /** Runs on gRPC's threads. */
  private final class Answers implements StreamObserver<ModelStreamInferResponse> {
    @Override
    public void onNext(ModelStreamInferResponse message) {
      used = true;
      String id = message.getInferResponse().getId();
      String error = message.getErrorMessage();
      CompletableFuture<InferResult> answer = pending.get(id);
      if (answer == null) {
        // The request was given up, and its answer is dropped. But an error without a request's id
        // may mean any of the requests, so all of them fail.
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
      fail(errors.ofStream(error, used));
    }

    @Override
    public void onCompleted() {
      fail(errors.of(Kind.UNREACHABLE, "the server ended the stream"));
    }
  }
}
