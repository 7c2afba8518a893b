package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.cli.Launched.Result;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Decision 14: a second team of OpenMP workers on the same cores makes both slow. */
@EnabledOnOs(OS.LINUX)
class ComputeThreadIT {
  /** Looks at a thread until it counts: a new one of Java's has its maker's name for a moment. */
  private static final int LASTING = 20;

  @Test
  void onlyTheComputeThreadHasWorkers() throws Exception {
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "workers take cores");
    Map<String, Integer> seen = new HashMap<>();
    String prompt = "Write a story about a lighthouse."; // long passes of the stand-in pay
    try (Launched launched =
        Launched.start("generate", "--wan", "rtt=200ms", "--max-tokens", "120", prompt)) {
      while (launched.isAlive()) {
        look(Path.of("/proc", Long.toString(launched.pid()), "task"), seen);
        Thread.sleep(10);
      }
      Result result = launched.await();
      assertEquals(0, result.code(), result.err());
    }
    // A worker has the name of the thread that it works for.
    assertTrue(lasting(seen, "bookend-compute") > 1, "no workers at all: " + seen);
    assertEquals(2, lasting(seen, "java"), "the process's first thread and main: " + seen);
  }

  private static void look(Path threads, Map<String, Integer> seen) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
      for (Path thread : all) {
        try {
          String name = Files.readString(thread.resolve("comm")).strip();
          seen.merge(name + " " + thread.getFileName(), 1, Integer::sum);
        } catch (IOException e) {
          // It has ended.
        }
      }
    } catch (NoSuchFileException e) {
      // All have.
    }
  }

  private static long lasting(Map<String, Integer> seen, String name) {
    return seen.entrySet().stream()
        .filter(thread -> thread.getKey().startsWith(name + " ") && thread.getValue() > LASTING)
        .count();
  }
}
