package dev.bookend.triton.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The memory that this process takes, all of it: heap, tensors, buffers, libraries. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** Bytes, as the system counts them; where it does not say, the test is skipped. */
  public static long now() {
    Assumptions.assumeTrue(Files.exists(STATUS), "only Linux says how much memory a process takes");
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Bytes after full collections, which give back what the heap does not need; it grows as it likes
   * otherwise.
   */
  public static long afterCollection() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int sample = 0; sample < 5; sample++) {
      System.gc();
      Thread.sleep(200);
      least = Math.min(least, now());
    }
    return least;
  }
}
