package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.model.runtime.Step;
import dev.bookend.remote.RemoteSequence;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.testing.TritonServer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend doctor} as a process: a real Triton server with a middle, one without, none. */
class DoctorIT {
  private static final int PLACES = 16;
  private static final int WIDTH = 576;

  @TempDir private static Path repository;
  @TempDir private static Path nothing;

  private static int metricsPort;
  private static TritonServer server;

  @BeforeAll
  static void start() throws Exception {
    Result export =
        Launched.run(
            "export", "--split", "13:13", "--backend", "python", "--out", repository.toString());
    assertEquals(0, export.code(), export.err());
    metricsPort = TritonServer.freePort();
    server =
        TritonServer.start(
            repository,
            "--model-control-mode=explicit",
            "--load-model=*",
            "--allow-metrics=true",
            "--metrics-port=" + metricsPort);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aSoundServerIsFoundSound() throws Exception {
    Result result =
        Launched.run("doctor", "--cloud", server.endpoint().toString(), "--split", "13:13");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().startsWith(server.endpoint() + "\n"), result.out());
    for (String line :
        List.of(
            "  ok       connection: answers without TLS",
            "  ok       server: triton 2.",
            "  ok       round trip: ",
            "  ok       model middle-13-17: fits: layers [13,17) of 30, contract version 1, fp32,"
                + " at most 256 tokens a step, ",
            "  ok       memory: a session of 8192 tokens takes 364.9 MB here, and 50.3 MB on the server\n",
            "  ok       sessions of middle-13-17: 16 at a time, dropped after 600 s without",
            "  ok       steps of middle-13-17: the first takes ",
            "  ok       upload: ")) {
      assertTrue(result.out().contains("\n" + line), line + " is not in\n" + result.out());
    }
  }

  @Test
  void jsonHasTheNumbers() throws Exception {
    Result result = Launched.run("doctor", "--cloud", server.endpoint().toString(), "--json");
    assertEquals(0, result.code(), result.err());
    JsonObject cloud = clouds(result).get(0).getAsJsonObject();
    assertEquals(server.endpoint().toString(), cloud.get("cloud").getAsString());
    assertTrue(cloud.get("usable").getAsBoolean());
    List<String> checks = new ArrayList<>();
    for (JsonElement element : cloud.getAsJsonArray("checks")) {
      JsonObject check = element.getAsJsonObject();
      checks.add(check.get("check").getAsString());
      boolean known = check.get("check").getAsString().equals("known faults");
      assertEquals(known ? "warning" : "ok", check.get("verdict").getAsString(), check.toString());
      assertFalse(check.getAsJsonObject("values").isEmpty(), check.toString());
    }
    assertEquals(
        List.of(
            "connection",
            "server",
            "round trip",
            "model middle-13-17",
            "sessions of middle-13-17",
            "known faults", // of 2.51
            "known faults",
            "steps of middle-13-17",
            "upload"),
        checks);
  }

  private static JsonArray clouds(Result result) {
    return JsonParser.parseString(result.out()).getAsJsonObject().getAsJsonArray("clouds");
  }

  @Test
  void aMiddleOfAnotherSplitExitsWith5() throws Exception {
    Result result = Launched.run("doctor", "--cloud", server.endpoint().toString(), "--split", "4");
    assertEquals(5, result.code(), result.err());
    assertTrue(result.out().contains("first layer in the cloud 4 here, 13 there"), result.out());
  }

  @Test
  void aServerWithoutAMiddleExitsWith5() throws Exception {
    try (TritonServer empty = TritonServer.start(nothing)) {
      Result result = Launched.run("doctor", "--cloud", empty.endpoint().toString());
      assertEquals(5, result.code(), result.err());
      assertTrue(result.out().contains("serves no middle of a Bookend model"), result.out());
      assertTrue(result.out().contains("bookend export"), result.out());
    }
  }

  /** The first failure gives the code; the other servers are looked at all the same. */
  @Test
  void aPortWithoutAServerExitsWith3() throws Exception {
    String nobody = "grpc://localhost:" + TritonServer.freePort();
    Result result = Launched.run("doctor", "--cloud", nobody + "," + server.endpoint(), "--json");
    assertEquals(3, result.code(), result.err());
    JsonArray clouds = clouds(result);
    assertFalse(clouds.get(0).getAsJsonObject().get("usable").getAsBoolean());
    assertTrue(clouds.get(1).getAsJsonObject().get("usable").getAsBoolean());
  }

  @Test
  void tlsWhereThereIsNoneExitsWith4() throws Exception {
    Result result = Launched.run("doctor", "--cloud", "grpcs://localhost:" + server.port());
    assertEquals(4, result.code(), result.out());
  }

  private static Result probe(String... flags) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "doctor",
                "--probe",
                "--cloud",
                server.endpoint().toString(),
                "--metrics-port",
                Integer.toString(metricsPort)));
    arguments.addAll(List.of(flags));
    return Launched.run(arguments.toArray(String[]::new));
  }

  @Test
  void aProbeLetsTheMiddleComputeAStep() throws Exception {
    Result result = probe("--cloud-timeout", "60");
    assertEquals(0, result.code(), result.out() + result.err());
    assertTrue(
        result.out().startsWith("computes " + server.endpoint() + " middle-13-17: 4 rows in "),
        result.out());
    assertEquals(1, result.out().lines().count());
    assertEquals("", result.err());
  }

  /** Triton lets a session beyond its places wait without a word. */
  @Test
  void aProbeTellsAFullServerFromADeadOne() throws Exception {
    try (TritonConnection connection =
        TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT)) {
      ServedMiddle served = ServedMiddle.of("here", connection.modelConfig("middle-13-17"));
      List<RemoteSequence> sessions = new ArrayList<>();
      for (int i = 0; i < PLACES; i++) {
        RemoteSequence session =
            new RemoteSequence(
                connection::openStream,
                served,
                WIDTH,
                RemoteSequence.newId(),
                Duration.ofSeconds(60),
                false);
        int[] first = {0};
        Step step = Step.chain(first, first, new BitSet(), 64);
        session.await(session.send(ByteBuffer.allocate(WIDTH * Float.BYTES), step), 1);
        sessions.add(session);
      }
      Result full = probe("--json", "--cloud-timeout", "10");
      assertEquals(6, full.code(), full.out() + full.err());
      JsonObject found =
          JsonParser.parseString(full.out())
              .getAsJsonObject()
              .getAsJsonArray("probes")
              .get(0)
              .getAsJsonObject();
      assertEquals("full", found.get("verdict").getAsString());
      assertTrue(
          found.get("detail").getAsString().contains("all 16 places for sessions are taken; "),
          full.out());
      sessions.forEach(session -> session.end(64).join());
    }
  }

  /** The health endpoints of this server say that it is ready all the while. */
  @Test
  void aProbeSeesThatTheBackendHasDied() throws Exception {
    try (TritonConnection connection =
        TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT)) {
      server.killBackends();
      Result dead = probe("--cloud-timeout", "60");
      assertTrue(connection.serverReady() && connection.modelReady("middle-13-17"));
      assertEquals(3, dead.code(), dead.out() + dead.err());
      assertTrue(dead.out().contains("is not healthy"), dead.out());
      connection.unloadModel("middle-13-17");
      connection.loadModel("middle-13-17");
      assertTrue(connection.modelReady("middle-13-17"));
    }
  }
}
