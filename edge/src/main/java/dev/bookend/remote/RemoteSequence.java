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
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A sequence on a server, in Triton's sense, on a stream of its own: steps that share the server's
 * KV cache, the first with the START flag. It lasts until it is ended, abandoned, or lost. Not
 * thread-safe.
 */
public final class RemoteSequence {
  private static final int END_SECONDS = 2;

  private final InferenceStream stream;
  private final ServedMiddle served;
  private final int hiddenSize;
  private final long id;
  private boolean started;
  private boolean proven;

  /**
   * A sequence that the server does not know yet; the first step begins it.
   *
   * @param hiddenSize width of the hidden states, H
   * @param id a random number above zero
   * @param proven whether the session has had answers of the right shape before
   */
  public RemoteSequence(
      InferenceStream stream, ServedMiddle served, int hiddenSize, long id, boolean proven) {
    this.stream = stream;
    this.served = served;
    this.hiddenSize = hiddenSize;
    this.id = id;
    this.proven = proven;
  }

  /** Element type in which hidden states travel. */
  DataType wireType() {
    return served.wireType();
  }

  /** Most new tokens in one step. */
  int maxTokensPerStep() {
    return served.maxTokensPerStep();
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
   * Waits for the answer to a step.
   *
   * @param tokens of the step, T
   * @return [T,H] in the wire type
   * @throws TritonException if the step failed, or the answer is not of this shape and type: of
   *     kind SEQUENCE_LOST if the session has had answers of the right shape before, for then the
   *     server has lost track of the sequence
   */
  public ByteBuffer await(CompletableFuture<InferResult> answer, int tokens) {
    InferResult result = stream.await(answer);
    try {
      Tensor hidden = result.output(Contract.HIDDEN_OUT);
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
   * Ends the sequence with the END flag, so that the server frees its place. Waits a moment for the
   * answer, because closing the connection earlier could leave the place taken until the server's
   * idle time ends. Does nothing if that fails.
   *
   * @param capacity of the sequence's largest step
   */
  void end(int capacity) {
    if (started) {
      // Every request runs a step, also the one that ends the sequence: here a token of zeros.
      ByteBuffer hidden = ByteBuffer.allocate(Math.multiplyExact(hiddenSize, type().bytes()));
      int[] zero = {0};
      Step step = Step.chain(zero, zero, new BitSet(), Math.max(1, capacity));
      send(hidden, step, true)
          .orTimeout(END_SECONDS, TimeUnit.SECONDS)
          .exceptionally(failure -> null)
          .join();
    }
    stream.close();
  }

  /** Cancels the stream; the server keeps the sequence until its idle time ends. */
  public void abandon() {
    stream.cancel();
  }

  /**
   * Sends a step without waiting, as {@link #send(ByteBuffer, Step)} does.
   *
   * @param end whether the sequence ends with this step
   */
  public CompletableFuture<InferResult> send(ByteBuffer hidden, Step step, boolean end) {
    long tokens = step.tokens();
    List<Tensor> inputs =
        List.of(
            new Tensor(Contract.HIDDEN, type(), shape(step.tokens()), hidden),
            new Tensor(Contract.POSITIONS, TensorType.INT32, List.of(tokens), step.positions()),
            new Tensor(Contract.SLOTS, TensorType.INT32, List.of(tokens), step.slots()),
            new Tensor(
                Contract.CACHED, TensorType.BOOL, List.of((long) step.capacity()), step.cached()),
            new Tensor(Contract.TREE, TensorType.BOOL, List.of(tokens, tokens), step.tree()));
    Sequence sequence = new Sequence(id, !started, end);
    started = true;
    return stream.send(new InferRequest(served.model(), inputs, Optional.of(sequence)));
  }

  private TensorType type() {
    return served.halfPrecision() ? TensorType.FP16 : TensorType.FP32;
  }

  private List<Long> shape(int tokens) {
    return List.of((long) tokens, (long) hiddenSize);
  }
}
