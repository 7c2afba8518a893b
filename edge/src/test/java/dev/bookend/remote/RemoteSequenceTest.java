package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.ModelStatistics.InferStatistics;
import dev.bookend.triton.TritonConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RemoteSequenceTest {

  @Test
  void idsAreRandomNumbersOf63BitsAboveZero() {
    long[] ids = LongStream.generate(RemoteSequence::newId).limit(10_000).toArray();
    assertEquals(ids.length, LongStream.of(ids).distinct().count());
    assertTrue(LongStream.of(ids).allMatch(id -> id > 0));
    for (int bit = 0; bit < 63; bit++) {
      int place = bit;
      long set = LongStream.of(ids).filter(id -> (id >> place & 1) == 1).count();
      assertTrue(4_000 < set && set < 6_000, "bit " + bit + " is set in " + set);
    }
  }

  /** Triton servers have come down when a step was cancelled that they were computing. */
  @Test
  void aStepInFlightMayFinishWhereItsCallerIsInterrupted() throws Exception {
    Contract contract = new Split(1, 1).contract(SmallModel.checkpoint());
    try (Decoder decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud =
            EmbeddedCloud.start(
                decoder, contract, new EmbeddedCloud.Limits(2, Duration.ofMinutes(10)), 0);
        HostileProxy slow = new HostileProxy(cloud.endpoint())) {
      try (SplitModel model =
          SplitModel.open(
              SmallModel.checkpoint(),
              SplitOptions.DEFAULT
                  .withSplit(new Split(1, 1))
                  .withCloud(CloudAddress.of(slow.endpoint())))) {
        Session session = model.newSession();
        session.prefill(new int[] {1, 2, 3});
        CountDownLatch computed = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        slow.set(
            (method, message) -> {
              if (method.equals("ModelStreamInfer")) {
                computed.countDown();
                await(goOn);
              }
              return List.of(message);
            });
        AtomicReference<CloudException> failure = new AtomicReference<>();
        Thread caller =
            new Thread(
                () ->
                    failure.set(
                        assertThrows(
                            CloudException.class, () -> session.prefill(new int[] {4, 5}))));
        caller.start();
        await(computed);
        caller.interrupt();
        caller.join();
        assertEquals(ErrorCode.CANCELLED, failure.get().code());
        goOn.countDown();
        session.close();
        assertEquals(0, slow.cancelled(), "streams broken off");
      }
      InferStatistics counted = statistics(cloud.endpoint());
      assertEquals(3, counted.success().count()); // two steps, and the end
      assertEquals(0, counted.fail().count());
    }
  }

  private static InferStatistics statistics(Endpoint endpoint) {
    try (TritonConnection connection = TritonConnection.open(endpoint, ConnectionOptions.DEFAULT)) {
      return connection.modelStatistics("middle-1-3").get(0).inferenceStats();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
