package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The memory of an edge with INT8 weights, a process of its own whose cloud is another. */
class EdgeMemoryIT {
  private static final String TOKENS = "256";

  @Test
  void anEdgeTakesWhatThePlanSays() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/proc/self/status")), "only Linux says what a process takes");
    // The first run of a model writes the archive of classes when it ends, which takes memory.
    assertEquals(0, Launched.run("generate", "--max-tokens", "1", "Hello").code());
    long planned = planned();
    try (Checkpoint checkpoint = SampleModel.open();
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
        EmbeddedCloud cloud = EmbeddedCloud.start(decoder, Contract.of(checkpoint, 4, 26));
        Launched edge =
            Launched.start(
                "generate",
                "--split",
                "4:4",
                "--weights",
                "int8",
                "--cloud",
                "grpc://" + cloud.endpoint().host() + ":" + cloud.endpoint().port(),
                "--raw",
                "--max-tokens",
                "100",
                "The lighthouse keeper had three sons, and")) {
      long most = 0;
      long last = 0; // while it answers, and no longer loads
      while (edge.isAlive()) {
        most = Math.max(most, status(edge.pid(), "VmHWM:"));
        long now = status(edge.pid(), "VmRSS:");
        last = now > 0 ? now : last; // 0 while it ends
        Thread.sleep(20);
      }
      Result result = edge.await();
      assertEquals(0, result.code(), result.err());
      String measured =
          (last >> 20) + " MiB, " + (most >> 20) + " at most; planned: " + (planned >> 20);
      // Measured on 2 cores: 0.97 to 1.09 times the plan, at most 1.19 times.
      assertTrue(last <= 1.2 * planned && most <= 1.3 * planned, measured);
      assertTrue(most > planned / 2, "a plan is no excuse: " + (most >> 20) + " MiB");
    }
  }

  private static long planned() throws Exception {
    Result result =
        Launched.run(
            "plan",
            "--split",
            "4:4",
            "--weights",
            "int8",
            "--context",
            TOKENS,
            "--no-speed",
            "--json");
    assertEquals(0, result.code(), result.err());
    return JsonParser.parseString(result.out())
        .getAsJsonObject()
        .get("edge_memory_bytes")
        .getAsLong();
  }

  /** A number of bytes in what the system says of a process; 0 where it has ended. */
  private static long status(long pid, String name) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
