package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** In a process of its own, which ends. */
class ComputeThreadIT {
  @Test
  void aProcessThatEndsWaitsForTheStepAndBeginsNoOther() throws Exception {
    Process child =
        new ProcessBuilder(
                new File(System.getProperty("java.home"), "bin/java").getPath(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true)
            .start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals("step%nend%n".formatted(), out);
    assertEquals(3, child.exitValue());
  }

  /** The child: computes one step after the other, and is told to end during the first. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws InterruptedException {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    ComputeThread.finish(Duration.ofSeconds(30));
                    System.out.println("end");
                  }));
      CountDownLatch computing = new CountDownLatch(1);
      Thread decoding = new Thread(() -> decode(computing));
      decoding.setDaemon(true);
      decoding.start();
      computing.await();
      System.exit(3);
    }

    private static void decode(CountDownLatch computing) {
      while (true) {
        ComputeThread.run(
            () -> {
              computing.countDown();
              LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
              System.out.println("step");
              return 0;
            });
      }
    }
  }
}
