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
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A session's middle layers, whatever happens to the network and the servers: requests go out, and
 * answers come back in their order. If the cloud loses the sequence, cannot be reached or answers
 * what cannot be right, the sequence is begun anew, there or on another server; the tokens that
 * were cached are replayed from a log, and the unanswered requests are sent again. Requests are
 * safe to send again: each names its slots, so that a second run writes the same values to the same
 * places.
 *
 * <p>The sequence keeps its id for as long as the session lasts: on a server that still has it the
 * new one takes its place, and a server that the session leaves is told, so that the place is free.
 *
 * <p>Not thread-safe.
 */
public final class ResilientSequence implements AutoCloseable {
  private static final Duration LONGEST_ENDING = Duration.ofSeconds(2);
  private static final double LEAST_LIKENESS = 0.1;

  private final MiddleLocator locator;
  private final RetryPolicy retry;
  private final Supplier<NDManager> scopes;
  private final int hiddenSize;
  private final ReplayLog log;
  private final HiddenStateLog answers;
  private final Deque<Exchange> unanswered = new ArrayDeque<>();
  private final long id = RemoteSequence.newId();
  private final StateCheck check;
  private final Map<Integer, CompletableFuture<Void>> ending = new HashMap<>(); // by server
  private LocatedMiddle middle;
  private RemoteSequence sequence; // null until it is needed, and while it is lost
  private RemoteSequence left; // the last one, whose place nobody has freed; null: none
  private RetryPolicy.Attempts attempts;
  private int capacity;
  private boolean asksForTaps;

  private int requests;
  private int reconnects;
  private long lostSince; // 0: not lost
  private long reconnectingNanos;
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
    this.check = new StateCheck(hiddenSize);
    this.attempts = retry.begin(locator.size());
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
   * @param taps the input of the layer that is tapped, FP32 [T,H], where it was asked for
   */
  public record Answer(Request request, ByteBuffer hidden, Optional<ByteBuffer> taps) {}

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
        ByteBuffer answer = await(oldest.parts, this::await);
        waitingNanos += System.nanoTime() - start;
        ByteBuffer hidden = decode(answer, oldest.request.step());
        Optional<ByteBuffer> taps = Optional.empty();
        if (asksForTaps) {
          ByteBuffer rows = await(oldest.parts, sequence::awaitTaps);
          taps = Optional.of(decode(rows, oldest.request.step()));
        }
        check.require(oldest.request.hidden(), hidden);
        unanswered.remove();
        working();
        return new Answer(oldest.request, hidden, taps);
      } catch (TritonException e) {
        recover(e);
      }
    }
  }

  /**
   * Notices an interrupt where nothing is waited for, and gives the sequence up as a wait would.
   *
   * @throws CloudException of code CANCELLED if the calling thread is interrupted
   */
  public void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      recover(
          new TritonException(TritonException.Kind.CANCELLED, "interrupted within a prompt", null));
    }
  }

  /** From now on answers are to bring the input of the layer that the middle taps. */
  public void askForTaps() {
    asksForTaps = true;
    if (sequence != null) {
      sequence.askForTaps();
    }
  }

  /** Forgets the unanswered requests. The server runs them, but nobody will ask for the answers. */
  public void forget() {
    unanswered.clear();
    attempts = retry.begin(locator.size());
  }

  /** The cloud has answered. */
  private void working() {
    attempts = retry.begin(locator.size());
    locator.worked(middle);
    if (lostSince != 0) {
      long nanos = System.nanoTime() - lostSince;
      lostSince = 0;
      reconnectingNanos += nanos;
      locator.tell(new CloudEvent.Reconnected(middle.name(), Duration.ofNanos(nanos)));
    }
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
    return new RemoteStats(
        requests, reconnects, reconnectingNanos, serializationNanos, waitingNanos);
  }

  /**
   * Where the sequence is, or was last.
   *
   * @throws IllegalStateException before the first request
   */
  public String server() {
    if (middle == null) {
      throw new IllegalStateException("nothing has been sent yet");
    }
    return middle.name();
  }

  /** Gives up the sequence and its server, whose answer cannot be right as the caller has seen. */
  public void giveUp() {
    if (sequence != null) {
      locator.lost(middle);
      leave();
    }
  }

  /** Leaves the sequence, whose place may be taken over there. */
  private void leave() {
    left = sequence;
    sequence = null;
    locator.left(middle);
  }

  /** Frees the place that the session has left, if it has. */
  private void freePlace() {
    if (left != null) {
      ending.put(middle.server(), left.end(capacity));
      left = null;
    }
  }

  /** Begins a sequence if none is open, replays what is cached and sends what is unanswered. */
  private void connect() {
    while (sequence == null) {
      try {
        enter(locator.locate());
        replay(unanswered.element().request.step().capacity());
        for (Exchange exchange : unanswered) {
          exchange.parts = send(exchange.request);
        }
      } catch (TritonException e) {
        recover(e);
      }
    }
  }

  /** Begins a sequence on a server. */
  private void enter(LocatedMiddle next) {
    if (left != null && next.server() == middle.server()) {
      left.leave(); // the new one takes its place over
      left = null;
    } else {
      freePlace();
    }
    middle = next;
    if (lostSince != 0) {
      locator.tell(new CloudEvent.Reconnecting(next.name(), next.server() + 1, locator.size()));
    }
    // An end that is still on its way there would end the new one.
    awaitEnd(ending.remove(next.server()));
    sequence = next.openSequence(id, log.length() > 0);
    if (asksForTaps) {
      sequence.askForTaps();
    }
    locator.entered(next);
  }

  /** Pauses before the next attempt, or throws if there is none. */
  private void recover(TritonException failure) {
    boolean cancelled = failure.kind() == TritonException.Kind.CANCELLED;
    if (lostSince == 0 && !cancelled) {
      lostSince = System.nanoTime();
      if (sequence != null) {
        locator.tell(new CloudEvent.Lost(middle.name(), failure.getMessage()));
      }
    }
    if (sequence != null) {
      switch (failure.kind()) {
        case UNREACHABLE, BROKEN -> sequence.abandon();
        default -> {} // what is under way may end
      }
      // Who has lost track of the sequence can begin it again; but not again and again.
      if (!cancelled
          && (failure.kind() != TritonException.Kind.SEQUENCE_LOST || attempts.failed() > 0)) {
        locator.lost(middle);
      }
      leave();
    }
    try {
      attempts.failed(failure);
    } catch (CloudException e) {
      forget();
      lostSince = 0;
      freePlace();
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
      Step step = steps.get(i);
      ByteBuffer answer = decode(await(replayed.get(i), step.tokens()), step);
      int from = step.positions().getInt(0);
      requireLike(answers.rows(from, from + step.tokens()), answer);
    }
  }

  /**
   * A replay must give what the session has had before, but for the rounding of another machine. A
   * server whose weights are others, or whose precision is, would change the text without a word.
   */
  private void requireLike(ByteBuffer before, ByteBuffer again) {
    FloatBuffer had = before.asFloatBuffer();
    FloatBuffer has = again.duplicate().order(again.order()).asFloatBuffer();
    double size = 0;
    double difference = 0;
    while (had.hasRemaining()) {
      double one = had.get();
      double apart = one - has.get();
      size += one * one;
      difference += apart * apart;
    }
    if (!(difference <= LEAST_LIKENESS * LEAST_LIKENESS * size)) {
      throw new TritonException(
          TritonException.Kind.FAILED,
          middle.name()
              + ": the middle layers give other hidden states than this session had before; its"
              + " weights or its precision are others",
          null);
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
      ByteBuffer encoded = encode(hidden, step);
      CompletableFuture<InferResult> answer = sequence.send(encoded, step);
      long sent = (long) encoded.remaining() + step.tree().remaining() + step.cached().remaining();
      middle.pace().travels(sent + encoded.remaining(), answer);
      return answer;
    } finally {
      serializationNanos += System.nanoTime() - start;
    }
  }

  /** Gives an output, [T,H] in the wire type, of the answer to a step of T tokens. */
  private interface Output {
    ByteBuffer of(CompletableFuture<InferResult> answer, int tokens);
  }

  /** An output of the answers to a request's parts as one: [T,H] in the wire type. */
  private static ByteBuffer await(List<Part> parts, Output output) {
    List<ByteBuffer> rows = new ArrayList<>();
    for (Part part : parts) {
      rows.add(output.of(part.answer(), part.step().tokens()));
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

  private ByteBuffer await(CompletableFuture<InferResult> answer, int tokens) {
    long start = System.nanoTime();
    new AnswerWatch(middle, sequence, locator, attempts.left(), attempts.failed())
        .await(answer, tokens);
    ByteBuffer hidden = sequence.await(answer, tokens);
    attempts.answered(System.nanoTime() - start);
    return hidden;
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

  /**
   * Ends the sequence in the cloud, so that its place there is free. Waits a moment for the answer,
   * because closing the connection earlier could leave the place taken until the server's idle time
   * ends.
   */
  @Override
  public void close() {
    forget();
    if (sequence != null) {
      leave();
    }
    freePlace();
    awaitEnd(CompletableFuture.allOf(ending.values().toArray(CompletableFuture[]::new)));
    ending.clear();
  }

  private static void awaitEnd(CompletableFuture<Void> end) {
    if (end != null) {
      end.completeOnTimeout(null, LONGEST_ENDING.toNanos(), TimeUnit.NANOSECONDS).join();
    }
  }
}
