package dev.bookend.embedded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.split.Split;
import dev.bookend.triton.proto.InferParameter;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a socket cannot show: replies that throw or take their time. */
class SequencesTest {
  private Decoder decoder;
  private MiddleModel model;
  private Sequences sequences;

  @BeforeEach
  void start() {
    RandomCheckpoint checkpoint = new RandomCheckpoint(7);
    decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
    model =
        new MiddleModel(
            decoder, new Split(1, 1).contract(checkpoint), EmbeddedCloud.Limits.DEFAULT);
    sequences = new Sequences(model, EmbeddedCloud.Limits.DEFAULT);
  }

  @AfterEach
  void stop() {
    sequences.close();
    model.close();
    decoder.close();
  }

  /** A request without tensors, which fails. */
  private static ModelInferRequest request(boolean start, boolean end) {
    return ModelInferRequest.newBuilder()
        .putParameters("sequence_id", InferParameter.newBuilder().setInt64Param(7).build())
        .putParameters("sequence_start", InferParameter.newBuilder().setBoolParam(start).build())
        .putParameters("sequence_end", InferParameter.newBuilder().setBoolParam(end).build())
        .build();
  }

  private static Sequences.Reply onError(Consumer<String> reply) {
    return new Sequences.Reply() {
      @Override
      public void answer(ModelInferResponse response) {
        throw new AssertionError("answered");
      }

      @Override
      public void error(String message) {
        reply.accept(message);
      }
    };
  }

  @Test
  void theEndFlagEndsTheSequenceOfAClientThatIsGone() throws Exception {
    sequences.submit(
        request(true, true),
        onError(
            message -> {
              throw Status.CANCELLED.asRuntimeException();
            }));
    CompletableFuture<String> error = new CompletableFuture<>();
    sequences.submit(request(false, false), onError(error::complete));
    String message = error.get(5, TimeUnit.MINUTES);
    assertTrue(message.contains("must specify the START flag"), message);
  }

  /** The step runs until it sees that the thread that closes waits, or has gone on. */
  @Test
  void closingWaitsForTheStepThatRunsAlsoWhenInterrupted() {
    Thread closing = Thread.currentThread();
    CountDownLatch running = new CountDownLatch(1);
    AtomicBoolean isClosing = new AtomicBoolean();
    AtomicBoolean isClosed = new AtomicBoolean();
    AtomicBoolean wasWaitedFor = new AtomicBoolean();
    sequences.submit(
        request(true, false),
        onError(
            message -> {
              running.countDown();
              while (!isClosed.get()
                  && (!isClosing.get() || closing.getState() == Thread.State.RUNNABLE)) {
                Uninterruptibles.sleepUninterruptibly(1, TimeUnit.MILLISECONDS);
              }
              wasWaitedFor.set(!isClosed.get());
            }));
    Uninterruptibles.awaitUninterruptibly(running);
    closing.interrupt();
    isClosing.set(true);
    sequences.close();
    isClosed.set(true);
    assertTrue(Thread.interrupted());
    assertTrue(wasWaitedFor.get(), "the weights may be freed now");
  }
}
