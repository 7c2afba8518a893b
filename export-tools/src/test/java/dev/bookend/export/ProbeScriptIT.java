package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.diagnosis.Probe;
import dev.bookend.diagnosis.ProbeResult;
import dev.bookend.diagnosis.ProbeResult.Verdict;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Step;
import dev.bookend.remote.CloudServer;
import dev.bookend.remote.RemoteSequence;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.testing.TritonServer;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The exported {@code probe.sh} against a real Triton server, which keeps the loading of models to
 * its operator.
 */
class ProbeScriptIT {
  private static final RandomCheckpoint CHECKPOINT = Families.QWEN2.checkpoint();
  private static final ExportOptions ONE =
      ExportOptions.DEFAULT.withBackend(Backend.PYTHON).withMaxSessions(1);

  @TempDir private static Path repository;

  private static int http;
  private static int metrics;
  private static TritonServer server;

  @BeforeAll
  static void start() {
    boolean curl =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "curl")));
    Assumptions.assumeTrue(curl, "there is no curl here");
    export(ONE.withName("single"));
    export(ONE.withPrecision(Precision.FP16).withName("half"));
    http = TritonServer.freePort();
    metrics = TritonServer.freePort();
    server =
        TritonServer.start(
            repository,
            "--allow-http=true",
            "--http-port=" + http,
            "--allow-metrics=true",
            "--metrics-port=" + metrics,
            "--model-control-mode=explicit",
            "--load-model=*",
            "--grpc-restricted-protocol=model-repository:admin=secret");
  }

  private static void export(ExportOptions options) {
    MiddleExport.write(CHECKPOINT, 1, 3, options, repository, (what, done, total) -> {});
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private record Run(int code, String output) {}

  private static Run run(String model, int seconds) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "sh",
                repository.resolve(model).resolve("probe.sh").toString(),
                Integer.toString(http),
                Integer.toString(seconds),
                Integer.toString(metrics))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  @Test
  void aMiddleComputesInEitherPrecisionIsFullOrIsDead() throws Exception {
    for (int i = 0; i < 2; i++) { // the only place is free again
      assertEquals(new Run(0, "single computes\n"), run("single", 60));
      assertEquals(new Run(0, "half computes\n"), run("half", 60));
    }
    try (TritonConnection connection =
        TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT)) {
      ServedMiddle served = ServedMiddle.of("here", connection.modelConfig("single"));
      int width = CHECKPOINT.config().hiddenSize();
      RemoteSequence session =
          new RemoteSequence(
              connection::openStream,
              served,
              width,
              RemoteSequence.newId(),
              Duration.ofSeconds(60),
              false);
      int[] first = {0};
      Step step = Step.chain(first, first, new BitSet(), 64);
      session.await(session.send(ByteBuffer.allocate(width * Float.BYTES), step), 1);
      Run full = run("single", 3);
      assertTrue(full.output().contains("single has no place for a session free"), full.output());
      assertEquals(0, full.code());
      session.end(64).join();
    }
    server.killBackends();
    Run dead = run("single", 60);
    assertNotEquals(0, dead.code(), dead.output());
  }

  /** Who may read the index may also unload models, so it is not for users. */
  @Test
  void anEdgeFindsItsMiddleWhereTheIndexIsTheOperators() throws Exception {
    List<ProbeResult> results =
        Probe.of(
            CloudServer.of(server.endpoint()),
            ConnectionOptions.DEFAULT,
            Optional.empty(),
            new Probe.Limits(Duration.ofSeconds(60), metrics));
    assertEquals(
        List.of("half", "single"),
        results.stream().map(result -> result.model().orElseThrow()).sorted().toList());
    assertTrue(
        results.stream().noneMatch(result -> result.verdict() == Verdict.FULL), results.toString());
  }
}
