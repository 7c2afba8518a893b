package dev.bookend.remote;

import ai.djl.ndarray.types.DataType;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Step;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.InferenceStream;
import dev.bookend.triton.Sequence;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TensorType;
import dev.bookend.triton.TritonException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A sequence on a server, in Triton's sense, on a stream of its own: steps that share the server's
 * KV cache, the first with the START flag. It lasts until it is ended or lost. Not thread-safe.
 */
public final class RemoteSequence {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration LONGEST_END = Duration.ofSeconds(10);

  private final Supplier<InferenceStream> streams;
  private final InferenceStream stream;
  private final ServedMiddle served;
  private final int hiddenSize;
  private final long id;
  private final Duration longest;
  private boolean started;
  private boolean answered;
  private boolean proven;
  private boolean asksForTaps;

  /**
   * A sequence that the server does not know yet; the first step begins it.
   *
   * @param streams opens a stream to the server; one is opened now, and another where the sequence
   *     must end after the first has failed
   * @param hiddenSize width of the hidden states, H
   * @param id from {@link #newId}
   * @param longest the longest wait for the answer to a step, counted from its sending
   * @param proven whether the session has had answers of the right shape before
   */
  public RemoteSequence(
      Supplier<InferenceStream> streams,
      ServedMiddle served,
      int hiddenSize,
      long id,
      Duration longest,
      boolean proven) {
    this.streams = streams;
    this.stream = streams.get();
    this.served = served;
    this.hiddenSize = hiddenSize;
    this.id = id;
    this.longest = longest;
    this.proven = proven;
  }

  /**
   * A random id for a new sequence, of 63 bits, for the protocol has signed numbers; never 0, which
   * means no sequence. Whoever guessed a session's id could end it.
   */
  public static long newId() {
    return Math.max(1, RANDOM.nextLong() & Long.MAX_VALUE);
  }

  /** Element type in which hidden states travel. */
  DataType wireType() {
    return served.wireType();
  }

  /** Most new tokens in one step. */
  int maxTokensPerStep() {
    return served.maxTokensPerStep();
  }

  /** Whether the server has answered a step. */
  boolean isAnswered() {
    return answered;
  }

  /** Whether all steps have left this process; they may still be on their way. */
  boolean isSent() {
    return stream.isSent();
  }

  /** The bytes of all answers so far, also of one that is not complete. */
  long bytesReceived() {
    return stream.bytesReceived();
  }

  /**
   * Sends a step without waiting.
   *
   * @param hidden [T,H] in the wire type; must not change until the answer is there
   * @return fails with {@link TritonException}; take it to {@link #await}
   */
  public CompletableFuture<InferResult> send(ByteBuffer hidden, Step step) {
    return send(hidden, step, false);
  }

  /**
   * Sends a step without waiting, as {@link #send(ByteBuffer, Step)} does.
   *
   * @param end whether the sequence ends with this step
   */
  public CompletableFuture<InferResult> send(ByteBuffer hidden, Step step, boolean end) {
    boolean start = !started;
    started = true;
    return stream.send(request(hidden, step, start, end), longest);
  }

  /**
   * Waits for the answer to a step.
   *
   * @param tokens of the step, T
   * @return [T,H] in the wire type
   * @throws TritonException if the step failed, or the answer is not of this shape and type: of
   *     kind SEQUENCE_LOST if the session has had answers of the right shape before, for then the
   *     server has lost track of the sequence
   */
  public ByteBuffer await(CompletableFuture<InferResult> answer, int tokens) {
    return await(answer, Contract.HIDDEN_OUT, tokens);
  }

  /** As {@link #await(CompletableFuture, int)}, of the taps, where they were asked for. */
  ByteBuffer awaitTaps(CompletableFuture<InferResult> answer, int tokens) {
    return await(answer, Contract.TAPS, tokens);
  }

  /** From now on answers are to bring taps too. */
  void askForTaps() {
    asksForTaps = true;
  }

  private ByteBuffer await(CompletableFuture<InferResult> answer, String output, int tokens) {
    InferResult result = stream.await(answer);
    answered = true;
    try {
      Tensor hidden = result.output(output);
      if (hidden.type() == type() && hidden.shape().equals(shape(tokens))) {
        proven = true;
        return hidden.content();
      }
      throw wrongAnswer(
          "model '%s' answered %s instead of %s%s"
              .formatted(served.model(), hidden, type(), shape(tokens)));
    } catch (IllegalArgumentException e) {
      throw wrongAnswer(e.getMessage());
    }
  }

  private TritonException wrongAnswer(String message) {
    var kind = proven ? TritonException.Kind.SEQUENCE_LOST : TritonException.Kind.FAILED;
    return new TritonException(kind, message, null);
  }

  /**
   * Ends the sequence with the END flag, so that the server frees its place: behind the steps that
   * are under way or, where the stream has failed, on another. Returns at once.
   *
   * @param capacity of the sequence's largest step
   * @return completes, whether well or not, once the server has answered, and soon in any case
   */
  public CompletableFuture<Void> end(int capacity) {
    if (!started) {
      stream.close();
      return CompletableFuture.completedFuture(null);
    }
    // Every request runs a step, also the one that ends the sequence: here a token of zeros.
    ByteBuffer hidden = ByteBuffer.allocate(Math.multiplyExact(hiddenSize, type().bytes()));
    int[] zero = {0};
    Step step = Step.chain(zero, zero, new BitSet(), Math.max(1, capacity));
    InferRequest last = request(hidden, step, false, true);
    InferenceStream way = stream.isOpen() ? stream : streams.get();
    CompletableFuture<InferResult> answer = way.send(last, LONGEST_END);
    way.close();
    return answer.handle((result, failure) -> null);
  }

  /**
   * Leaves the sequence to be taken over by another stream. Steps under way are not cancelled,
   * which has brought servers down.
   */
  public void leave() {
    stream.close();
  }

  /** Breaks the stream off, which may be dead; the server keeps the sequence. */
  void abandon() {
    stream.cancel();
  }

  private InferRequest request(ByteBuffer hidden, Step step, boolean start, boolean end) {
    long tokens = step.tokens();
    List<Tensor> inputs =
        List.of(
            new Tensor(Contract.HIDDEN, type(), shape(step.tokens()), hidden),
            new Tensor(Contract.POSITIONS, TensorType.INT32, List.of(tokens), step.positions()),
            new Tensor(Contract.SLOTS, TensorType.INT32, List.of(tokens), step.slots()),
            new Tensor(
                Contract.CACHED, TensorType.BOOL, List.of((long) step.capacity()), step.cached()),
            new Tensor(Contract.TREE, TensorType.BOOL, List.of(tokens, tokens), step.tree()));
    InferRequest request =
        new InferRequest(served.model(), inputs, Optional.of(new Sequence(id, start, end)));
    if (asksForTaps) {
      return request.withOutputs(List.of(Contract.HIDDEN_OUT, Contract.TAPS));
    }
    // A server sends all outputs to who names none.
    return served.tappedLayer().isPresent()
        ? request.withOutputs(List.of(Contract.HIDDEN_OUT))
        : request;
  }

  private TensorType type() {
    return served.halfPrecision() ? TensorType.FP16 : TensorType.FP32;
  }

  private List<Long> shape(int tokens) {
    return List.of((long) tokens, (long) hiddenSize);
  }
}
