package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Native memory is not seen by the garbage collector; a tensor left over each step adds up. */
class LeakTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WIDTH = 1024;
  private static final int TOKENS = 16;
  private static final int STEPS = 1000;
  private static final long ONE_TENSOR_A_STEP =
      (long) STEPS * TOKENS * WIDTH * Float.BYTES; // 66 MB

  @Test
  void manyStepsLeaveNativeMemoryFlat() throws Exception {
    assumeTrue(Files.exists(STATUS), "needs Linux");
    int[] drafts = new int[TOKENS];
    Arrays.fill(drafts, 7);
    try (SplitModel model =
            SplitModel.open(
                new RandomCheckpoint(1, WIDTH), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
        Session session = model.newSession()) {
      session.prefill(new int[] {1, 2, 3});
      List<Long> growth = new ArrayList<>();
      long before = residentBytes();
      int quiet = 0;
      // The allocators of several threads take a while to fill; a leak grows in every window.
      for (int window = 0; window < 6 && quiet < 2; window++) {
        run(session, drafts, STEPS);
        long after = residentBytes();
        growth.add(after - before);
        quiet = after - before < ONE_TENSOR_A_STEP / 8 ? quiet + 1 : 0;
        before = after;
      }
      assertEquals(2, quiet, "bytes by " + STEPS + " steps: " + growth);
    }
  }

  /** Rejects all draft tokens but, now and then, the first. */
  private static void run(Session session, int[] drafts, int steps) {
    for (int step = 0; step < steps; step++) {
      session.verify(TokenTree.chain(drafts));
      if (step % 20 == 0) {
        session.accept(0);
      }
    }
  }

  private static long residentBytes() throws IOException, InterruptedException {
    System.gc();
    Thread.sleep(200);
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(candidate -> candidate.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }
}
