package dev.bookend.remote;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.Step;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.TritonException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A session's middle layers, whatever happens to the network and the servers: requests go out, and
 * answers come back in their order. If the cloud loses the sequence or cannot be reached, another
 * sequence is begun, there or on the next server; the tokens that were cached are replayed from a
 * log, and the unanswered requests are sent again. Requests are safe to send again: each names its
 * slots, so that a second run writes the same values to the same places.
 *
 * <p>Not thread-safe.
 */
public final class ResilientSequence implements AutoCloseable {
  private final MiddleLocator locator;
  private final RetryPolicy retry;
  private final Supplier<NDManager> scopes;
  private final int hiddenSize;
  private final ReplayLog log;
  private final HiddenStateLog answers;
  private final Deque<Exchange> unanswered = new ArrayDeque<>();
  private LocatedMiddle middle;
  private RemoteSequence sequence; // null until it is needed, and while it is lost
  private RetryPolicy.Attempts attempts;
  private int capacity;

  private int requests;
  private int reconnects;
  private long serializationNanos;
  private long waitingNanos;

  /**
   * @param scopes makes managers for the tensors of one step
   * @param hiddenSize width of the hidden states, H
   * @param log what is cached so far: nothing; this owns it from now on
   */
  public ResilientSequence(
      MiddleLocator locator,
      RetryPolicy retry,
      Supplier<NDManager> scopes,
      int hiddenSize,
      ReplayLog log) {
    this.locator = locator;
    this.retry = retry;
    this.scopes = scopes;
    this.hiddenSize = hiddenSize;
    this.log = log;
    this.answers = new HiddenStateLog(Math.multiplyExact(hiddenSize, Float.BYTES));
    this.attempts = retry.begin();
  }

  /**
   * New tokens for the middle layers.
   *
   * @param hidden the lower layers' output: FP32 [T,H] in native byte order; must not change until
   *     the request is answered
   */
  public record Request(ByteBuffer hidden, Step step) {}

  /**
   * The middle layers' answer to a request.
   *
   * @param hidden their output: FP32 [T,H]
   */
  public record Answer(Request request, ByteBuffer hidden) {}

  /**
   * A request on its way, in one part or, on a server that takes fewer tokens at once, in several.
   */
  private static final class Exchange {
    private final Request request;
    private List<Part> parts = List.of();

    Exchange(Request request) {
      this.request = request;
    }
  }

  private record Part(Step step, CompletableFuture<InferResult> answer) {}

  /**
   * Sends a request without waiting for its answer. Begins a sequence if none is open, and waits
   * for that and for the replay.
   *
   * @throws CloudException if the cloud is lost for good; no request is unanswered then
   */
  public void submit(Request request) {
    capacity = Math.max(capacity, request.step().capacity());
    Exchange exchange = new Exchange(request);
    unanswered.add(exchange);
    if (sequence == null) {
      connect();
    } else {
      exchange.parts = send(request);
    }
  }

  /**
   * Waits for the answer to the oldest unanswered request.
   *
   * @throws CloudException if the cloud is lost for good; no request is unanswered then
   * @throws IllegalStateException if there is no unanswered request
   */
  public Answer await() {
    if (unanswered.isEmpty()) {
      throw new IllegalStateException("every request is answered");
    }
    while (true) {
      connect();
      Exchange oldest = unanswered.element();
      try {
        long start = System.nanoTime();
        ByteBuffer answer = await(oldest.parts);
        waitingNanos += System.nanoTime() - start;
        unanswered.remove();
        attempts = retry.begin();
        return new Answer(oldest.request, decode(answer, oldest.request.step()));
      } catch (TritonException e) {
        recover(e);
      }
    }
  }

  /** Forgets the unanswered requests. The server runs them, but nobody will ask for the answers. */
  public void forget() {
    unanswered.clear();
    attempts = retry.begin();
  }

  /**
   * Notes that a token of an answered request is cached from now on, at the next position.
   *
   * @param token index in the request's step
   */
  public void accept(Answer answer, int token) {
    log.append(answer.request().hidden(), answer.request().step(), token);
    answers.append(answer.hidden(), token);
  }

  /** Forgets the unanswered requests, and the cached tokens from position {@code length} on. */
  public void truncate(int length) {
    forget();
    log.truncate(length);
    answers.truncate(length);
  }

  /** The lower layers' output for the cached tokens [from,to): FP32 [to - from,H]. */
  public ByteBuffer lowerOutput(int from, int to) {
    return log.hidden(from, to);
  }

  /** The middle layers' output for the cached tokens [from,to): FP32 [to - from,H]. */
  public ByteBuffer middleOutput(int from, int to) {
    return answers.rows(from, to);
  }

  /** What this has cost so far. */
  public RemoteStats stats() {
    return new RemoteStats(requests, reconnects, serializationNanos, waitingNanos);
  }

  /** Gives up the sequence and its server, whose answer cannot be right as the caller has seen. */
  public void giveUp() {
    abandon(true);
  }

  private void abandon(boolean serverFailed) {
    if (sequence == null) {
      return;
    }
    sequence.abandon();
    sequence = null;
    if (serverFailed) {
      locator.lost(middle);
    }
  }

  /** Begins a sequence if none is open, replays what is cached and sends what is unanswered. */
  private void connect() {
    while (sequence == null) {
      try {
        middle = locator.locate();
        sequence = middle.openSequence(log.length() > 0);
        replay(unanswered.element().request.step().capacity());
        for (Exchange exchange : unanswered) {
          exchange.parts = send(exchange.request);
        }
      } catch (TritonException e) {
        recover(e);
      }
    }
  }

  /** Pauses before the next attempt, or throws if there is none. */
  private void recover(TritonException failure) {
    abandon(
        failure.kind() != TritonException.Kind.SEQUENCE_LOST
            && failure.kind() != TritonException.Kind.CANCELLED);
    try {
      attempts.failed(failure);
    } catch (CloudException e) {
      forget();
      throw e;
    }
    reconnects++;
  }

  private void replay(int firstCapacity) {
    List<Step> steps = log.steps(sequence.maxTokensPerStep(), firstCapacity);
    List<CompletableFuture<InferResult>> replayed = new ArrayList<>();
    for (Step step : steps) {
      int from = step.positions().getInt(0);
      replayed.add(send(log.hidden(from, from + step.tokens()), step));
    }
    for (int i = 0; i < replayed.size(); i++) {
      sequence.await(replayed.get(i), steps.get(i).tokens());
    }
  }

  private List<Part> send(Request request) {
    List<Part> parts = new ArrayList<>();
    int row = 0;
    int rowBytes = hiddenSize * Float.BYTES;
    for (Step step : StepParts.cut(request.step(), sequence.maxTokensPerStep())) {
      ByteBuffer hidden =
          request
              .hidden()
              .slice(row * rowBytes, step.tokens() * rowBytes)
              .order(request.hidden().order());
      parts.add(new Part(step, send(hidden, step)));
      row += step.tokens();
    }
    return parts;
  }

  private CompletableFuture<InferResult> send(ByteBuffer hidden, Step step) {
    long start = System.nanoTime();
    requests++;
    try {
      return sequence.send(encode(hidden, step), step);
    } finally {
      serializationNanos += System.nanoTime() - start;
    }
  }

  /** The answers to a request's parts as one: [T,H] in the wire type. */
  private ByteBuffer await(List<Part> parts) {
    List<ByteBuffer> rows = new ArrayList<>();
    for (Part part : parts) {
      rows.add(sequence.await(part.answer(), part.step().tokens()));
    }
    if (rows.size() == 1) {
      return rows.get(0);
    }
    ByteBuffer whole =
        ByteBuffer.allocate(rows.stream().mapToInt(ByteBuffer::remaining).sum())
            .order(rows.get(0).order());
    rows.forEach(whole::put);
    return whole.flip();
  }

  /** FP32 hidden states in the type in which they travel. */
  private ByteBuffer encode(ByteBuffer hidden, Step step) {
    return convert(hidden, step, DataType.FLOAT32, sequence.wireType());
  }

  private ByteBuffer decode(ByteBuffer answer, Step step) {
    long start = System.nanoTime();
    try {
      return convert(answer, step, sequence.wireType(), DataType.FLOAT32);
    } finally {
      serializationNanos += System.nanoTime() - start;
    }
  }

  private ByteBuffer convert(ByteBuffer hidden, Step step, DataType from, DataType to) {
    if (from == to) {
      return hidden;
    }
    try (NDManager scope = scopes.get()) {
      NDArray states = scope.create(hidden, new Shape(step.tokens(), hiddenSize), from);
      return ComputeThread.run(() -> states.toType(to, false)).toByteBuffer();
    }
  }

  /** Ends the sequence in the cloud, so that its place there is free. */
  @Override
  public void close() {
    forget();
    if (sequence != null) {
      sequence.end(capacity);
      sequence = null;
    }
  }
}
