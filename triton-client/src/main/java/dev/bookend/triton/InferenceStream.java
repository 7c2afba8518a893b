package dev.bookend.triton;

import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bidirectional stream of inferences (ModelStreamInfer). Requests of one sequence run in the
 * order they are sent; answers are matched by request id, so several sequences can share a stream.
 * Once a stream has failed, all requests on it have, and a new one is needed.
 *
 * <p>Safe for use by several threads.
 */
public final class InferenceStream implements AutoCloseable {
  private final Endpoint endpoint;
  private final Duration deadline;
  private final StreamObserver<ModelInferRequest> requests;
  private final Map<String, CompletableFuture<InferResult>> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private volatile TritonException failure;

  InferenceStream(Endpoint endpoint, GRPCInferenceServiceStub stub, Duration deadline) {
    this.endpoint = endpoint;
    this.deadline = deadline;
    this.requests = stub.modelStreamInfer(new Answers());
  }

  /** Sends a request without waiting. The future fails with {@link TritonException}. */
  public CompletableFuture<InferResult> send(InferRequest request) {
    String id = Long.toString(lastId.incrementAndGet());
    CompletableFuture<InferResult> answer = new CompletableFuture<>();
    pending.put(id, answer);
    synchronized (requests) {
      if (failure == null) {
        requests.onNext(request.toMessage(id));
      }
    }
    if (failure != null && pending.remove(id) != null) {
      answer.completeExceptionally(failure);
    }
    return answer;
  }

  /**
   * Waits for an answer, at most for the connection's deadline.
   *
   * @throws TritonException if the request failed or the deadline passed
   */
  public InferResult await(CompletableFuture<InferResult> answer) {
    try {
      return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw Errors.of(endpoint, e.getCause());
    } catch (TimeoutException e) {
      throw new TritonException(
          Kind.DEADLINE,
          endpoint
              + ": no answer within "
              + deadline.toSeconds()
              + " s; the server may be overloaded or out of free sequences",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TritonException(Kind.CANCELLED, endpoint + ": interrupted", e);
    }
  }

  /** Ends the stream once all that was sent is answered. */
  @Override
  public void close() {
    synchronized (requests) {
      if (failure == null) {
        failure = new TritonException(Kind.CANCELLED, endpoint + ": the stream is closed", null);
        requests.onCompleted();
      }
    }
  }

  /** Breaks the stream off; requests without an answer fail. */
  public void cancel() {
    TritonException cancelled =
        new TritonException(Kind.CANCELLED, endpoint + ": the stream is cancelled", null);
    synchronized (requests) {
      if (failure == null) {
        requests.onError(cancelled);
      }
    }
    fail(cancelled);
  }

  private void fail(TritonException cause) {
    failure = cause;
    for (String id : Set.copyOf(pending.keySet())) {
      CompletableFuture<InferResult> answer = pending.remove(id);
      if (answer != null) {
        answer.completeExceptionally(cause);
      }
    }
  }

  /** Runs on gRPC's threads. */
  private final class Answers implements StreamObserver<ModelStreamInferResponse> {
    @Override
    public void onNext(ModelStreamInferResponse message) {
      String id = message.getInferResponse().getId();
      CompletableFuture<InferResult> answer = pending.remove(id);
      if (answer == null) {
        // An error that does not say which request it is about: none of them is safe to wait for.
        if (!message.getErrorMessage().isEmpty()) {
          fail(Errors.ofMessage(endpoint, message.getErrorMessage()));
        }
      } else if (!message.getErrorMessage().isEmpty()) {
        answer.completeExceptionally(Errors.ofMessage(endpoint, message.getErrorMessage()));
      } else {
        try {
          answer.complete(InferResult.of(message.getInferResponse()));
        } catch (IllegalArgumentException e) {
          answer.completeExceptionally(
              new TritonException(
                  Kind.FAILED, endpoint + ": malformed answer: " + e.getMessage(), e));
        }
      }
    }

    @Override
    public void onError(Throwable error) {
      fail(Errors.of(endpoint, error));
    }

    @Override
    public void onCompleted() {
      fail(new TritonException(Kind.UNREACHABLE, endpoint + ": the server ended the stream", null));
    }
  }
}
