package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.cli.Launched.Result;
import dev.bookend.triton.testing.SshServer;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --cloud ssh://…}: a real Triton server behind a real SSH server. */
class SshCloudIT {
  private static final String SPLIT = "13:13";
  private static final String PROMPT = "Once upon a time";

  @TempDir private static Path directory;
  private static SshServer ssh;
  private static TritonServer server;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(SshServer.hasClient(), "there is no ssh on this machine");
    Path repository = directory.resolve("models");
    Result export =
        Launched.run(
            "export", "--split", SPLIT, "--backend", "python", "--out", repository.toString());
    assertEquals(0, export.code(), export.err());
    server = TritonServer.start(repository);
    ssh = SshServer.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
    if (ssh != null) {
      ssh.close();
    }
  }

  private static String cloud() {
    return "ssh://someone@127.0.0.1:" + ssh.port() + "?to=127.0.0.1:" + server.port();
  }

  private static Launched open(Path client, String... args) throws Exception {
    return Launched.start("", Map.of("BOOKEND_SSH", client.toString()), args);
  }

  private static Launched generate(String cloud) throws Exception {
    return open(
        ssh.client(),
        "generate",
        "--cloud",
        cloud,
        "--split",
        SPLIT,
        "--max-tokens",
        "150",
        PROMPT);
  }

  private static List<ProcessHandle> tunnels() {
    return ProcessHandle.current()
        .descendants()
        .filter(each -> each.info().command().filter(path -> path.endsWith("/ssh")).isPresent())
        .toList();
  }

  @Test
  void anAnswerIsTheSameAlsoWhereTheTunnelDiesOnTheWay() throws Exception {
    Result direct;
    try (Launched launched = generate(server.endpoint().toString())) {
      direct = launched.await();
    }
    assertEquals(0, direct.code(), direct.err());
    try (Launched launched = generate(cloud())) {
      launched.awaitOutput("share");
      assertEquals(1, tunnels().size());
      tunnels().get(0).destroyForcibly();
      Result result = launched.await();
      assertEquals(0, result.code(), result.err());
      assertEquals(direct.out(), result.out());
    }
    assertEquals(List.of(), tunnels());
  }

  @Test
  void theDoctorLooksThroughTheTunnel() throws Exception {
    try (Launched launched = open(ssh.client(), "doctor", "--cloud", cloud())) {
      Result result = launched.await();
      assertEquals(0, result.code(), result.err());
      assertTrue(result.out().startsWith(cloud() + "\n"), result.out());
      assertTrue(result.out().contains("ok       connection: answers through SSH"), result.out());
      // This Triton has known faults, whatever the way to it.
      assertEquals(
          List.of(),
          result
              .out()
              .lines()
              .filter(line -> line.contains("warning") && !line.contains("known faults"))
              .toList());
    }
  }

  @Test
  void whatSshComplainsOfIsToldAndHasItsExitCode() throws Exception {
    try (Launched launched =
        open(ssh.newcomersClient(), "generate", "--cloud", cloud(), "--split", SPLIT, PROMPT)) {
      Result result = launched.await();
      assertEquals(4, result.code(), result.err());
      assertTrue(result.err().contains("Host key verification failed"), result.err());
    }
  }

  @Test
  void anInterruptedAnswerEndsItsTunnel() throws Exception {
    try (Launched launched = generate(cloud())) {
      launched.awaitOutput("share");
      launched.interrupt();
      assertEquals(130, launched.await().code());
    }
    assertEquals(List.of(), tunnels());
  }
}
