package dev.bookend.remote;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.Step;
import dev.bookend.session.HiddenStateLog;
import dev.bookend.session.SessionMeter;
import dev.bookend.session.SlotTable;
import dev.bookend.session.TokenTree;
import dev.bookend.split.SplitModel;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.TritonException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntUnaryOperator;

/**
 * A session's requests to the middle layers, and their answers. If the cloud loses the sequence or
 * the network fails, it opens another and replays what the session has committed. Not thread-safe.
 */
public final class ResilientSequence implements AutoCloseable {
  private final SplitModel model;
  private final SlotTable slots;
  private final HiddenStateLog log;
  private final HiddenStateLog middleLog;
  private final IntUnaryOperator stepSize;
  private final SessionMeter meter;
  private RemoteSequence middle;

  /**
   * @param slots what the session has committed
   * @param log the lower layers' output for that
   * @param middleLog the middle's output for that
   * @param stepSize how many tokens a step has for some
   */
  public ResilientSequence(
      SplitModel model,
      SlotTable slots,
      HiddenStateLog log,
      HiddenStateLog middleLog,
      IntUnaryOperator stepSize,
      SessionMeter meter) {
    this.model = model;
    this.slots = slots;
    this.log = log;
    this.middleLog = middleLog;
    this.stepSize = stepSize;
    this.meter = meter;
  }

  /**
   * New tokens on their way: what the cloud is asked, and the slots that it is about.
   *
   * @param size how many of the tokens do not only fill up the step
   */
  public record Request(TokenTree tokens, int size, ByteBuffer hidden, Step step) {}

  /** Takes the cloud's answer to a request. */
  public interface AnswerHandler {
    void accept(Request request, ByteBuffer answer);
  }

  /** Hidden states as they travel. */
  private ByteBuffer encode(ByteBuffer hidden, Step step) {
    if (middle.wireType() == DataType.FLOAT32) {
      return hidden;
    }
    try (NDManager scope = model.newScope()) {
      NDArray states = scope.create(hidden, shape(step), DataType.FLOAT32);
      DataType type = middle.wireType();
      return ComputeThread.run(() -> states.toType(type, false)).toByteBuffer();
    }
  }

  private Shape shape(Step step) {
    return new Shape(step.tokens(), model.config().hiddenSize());
  }

  /**
   * Sends requests in order without waiting, each as soon as it is made, and hands over the answers
   * in order, starting again behind the last answer where the cloud is lost on the way. Requests
   * are safe to send again: each names its slots, so a second run writes the same values to the
   * same places.
   *
   * @param sent the first request, if it was sent already
   * @param whileWaiting what to do once all are sent
   */
  public void run(
      Iterator<Request> source, List<Part> sent, Runnable whileWaiting, AnswerHandler handler) {
    List<Request> requests = new ArrayList<>(List.of(source.next()));
    List<Part> first = sent;
    int answered = 0;
    RetryPolicy.Attempts attempts = model.retryPolicy().begin();
    while (answered < requests.size()) {
      try {
        if (middle == null) {
          middle = model.cloud().openSequence(middleLog.length() > 0);
          first = List.of();
          replay(requests.get(answered).step());
        }
        List<List<Part>> answers = new ArrayList<>();
        for (int next = answered; next < requests.size(); next++) {
          answers.add(first.isEmpty() ? send(requests.get(next)) : first);
          first = List.of();
          if (next == requests.size() - 1 && source.hasNext()) {
            requests.add(source.next());
          }
        }
        whileWaiting.run();
        for (List<Part> parts : answers) {
          long start = System.nanoTime();
          ByteBuffer answer = await(parts);
          long received = System.nanoTime();
          meter.waiting(received - start);
          handler.accept(requests.get(answered), answer);
          meter.edge(System.nanoTime() - received);
          answered++;
        }
      } catch (TritonException e) {
        abandon(e);
        attempts.failed(e);
        meter.reconnected();
      }
    }
  }

  /** A step on its way, all of a request or, on a server that takes less at once, a part of it. */
  public record Part(Step step, CompletableFuture<InferResult> answer) {}

  public List<Part> send(Request request) {
    List<Part> parts = new ArrayList<>();
    int row = 0;
    int rowBytes = model.config().hiddenSize() * Float.BYTES;
    for (Step step : StepParts.cut(request.step(), request.tokens(), middle.maxTokensPerStep())) {
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

  /** The answers to a request's parts as one. */
  private ByteBuffer await(List<Part> parts) {
    List<ByteBuffer> answers = new ArrayList<>();
    for (Part part : parts) {
      answers.add(middle.await(part.answer(), part.step().tokens()));
    }
    if (answers.size() == 1) {
      return answers.get(0);
    }
    ByteBuffer whole =
        ByteBuffer.allocate(answers.stream().mapToInt(ByteBuffer::remaining).sum())
            .order(answers.get(0).order());
    answers.forEach(whole::put);
    return whole.flip();
  }

  /** Fills a new sequence's cache with the committed positions that precede a step. */
  private void replay(Step next) {
    int end = 0;
    while (end < slots.length() && slots.slotAt(end) != next.slot(0)) {
      end++;
    }
    List<Step> steps = new ArrayList<>();
    for (int from = 0; from < end; ) {
      int count =
          Math.min(Math.min(end - from, middle.maxTokensPerStep()), slots.longestStep(from));
      int to = from + count;
      int size = stepSize.applyAsInt(count);
      if (count < size && size <= middle.maxTokensPerStep()) {
        from = Math.max(0, to - size); // what lies there already may be run again
      }
      // Later steps may have more room by now, and room never shrinks in a sequence.
      steps.add(slots.again(from, to, next.capacity()));
      from = to;
    }
    List<CompletableFuture<InferResult>> answers = new ArrayList<>();
    for (Step step : steps) {
      int from = step.positions().asIntBuffer().get(0);
      answers.add(send(log.rows(from, from + step.tokens()), step));
    }
    for (int i = 0; i < answers.size(); i++) {
      middle.await(answers.get(i), steps.get(i).tokens());
    }
  }

  private CompletableFuture<InferResult> send(ByteBuffer hidden, Step step) {
    long start = System.nanoTime();
    meter.sent();
    try {
      return middle.send(encode(hidden, step), step);
    } finally {
      meter.serialization(System.nanoTime() - start);
    }
  }

  private void abandon(TritonException cause) {
    if (middle != null) {
      middle.abandon();
      middle = null;
    }
    if (cause.kind() != TritonException.Kind.SEQUENCE_LOST
        && cause.kind() != TritonException.Kind.CANCELLED) {
      model.cloud().lost();
    }
  }

  /** The middle's output out of an answer: FP32 [T,H]. */
  public NDArray output(NDManager scope, ByteBuffer answer, Step step) {
    NDArray hidden = scope.create(answer, shape(step), middle.wireType());
    return middle.wireType() == DataType.FLOAT32
        ? hidden
        : ComputeThread.run(() -> hidden.toType(DataType.FLOAT32, false));
  }

  /** The numbers in the middle's output, out of the answer itself where they travel as FP32. */
  public ByteBuffer numbers(NDArray output, ByteBuffer answer) {
    return middle.wireType() == DataType.FLOAT32 ? answer : output.toByteBuffer();
  }

  /** Ends the sequence in the cloud. */
  @Override
  public void close() {
    if (middle != null) {
      middle.end(slots.capacity());
      middle = null;
    }
  }
}
