package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.testing.ResidentMemory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Native memory is not seen by the garbage collector; a tensor left over each step adds up. */
class LeakTest {
  private static final int WIDTH = 2048;
  private static final int TOKENS = 16;
  private static final long ONE_TENSOR = (long) TOKENS * WIDTH * Float.BYTES;

  /** The allocators of several threads, and Java's own memory, take a while to fill. */
  private static final int WARM_UP_STEPS = 300;

  private static final int STEPS = 120;
  private static final TokenTree TREE = TokenTree.chain(new int[TOKENS]);

  /** Were a leak not seen, that no leak is seen would say nothing: then one is put in. */
  @Test
  void manyStepsLeaveNativeMemoryFlatAndALeakWouldBeSeen() {
    try (SplitModel model =
            SplitModel.open(
                new RandomCheckpoint(1, WIDTH), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
        Session session = model.newSession();
        NDManager leak = model.edge().newScope()) {
      session.prefill(new int[] {1, 2, 3});
      run(session, WARM_UP_STEPS, () -> {});
      double growth = growthPerStep(session, 6, () -> {});
      assertTrue(growth < ONE_TENSOR / 2.0, "bytes a step: " + growth);
      // A leak first fills what the allocators hold free, so it takes more windows.
      double leaking = growthPerStep(session, 14, () -> leak.ones(new Shape(TOKENS, WIDTH)));
      assertTrue(leaking > ONE_TENSOR / 2.0, "bytes a step with a leak: " + leaking);
    }
  }

  /** Rejects all draft tokens but, now and then, the first. */
  private static void run(Session session, int steps, Runnable afterStep) {
    for (int step = 0; step < steps; step++) {
      session.verify(TREE);
      if (step % 20 == 0) {
        session.accept(0);
      }
      afterStep.run();
    }
  }

  private static double growthPerStep(Session session, int windows, Runnable afterStep) {
    long[] resident = new long[windows];
    for (int window = 0; window < windows; window++) {
      run(session, STEPS, afterStep);
      System.gc();
      resident[window] = ResidentMemory.now();
    }
    return medianSlope(resident) / STEPS;
  }

  /** The median of the slopes between any two values (Theil and Sen): outliers do not move it. */
  private static double medianSlope(long[] values) {
    double[] slopes =
        IntStream.range(0, values.length)
            .boxed()
            .flatMapToDouble(
                to ->
                    IntStream.range(0, to)
                        .mapToDouble(from -> (double) (values[to] - values[from]) / (to - from)))
            .sorted()
            .toArray();
    return slopes[slopes.length / 2];
  }
}
