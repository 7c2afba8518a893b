package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend doctor} as a process: a real Triton server with a middle, one without, none. */
class DoctorIT {
  @TempDir private static Path repository;
  @TempDir private static Path nothing;

  private static TritonServer server;

  @BeforeAll
  static void start() throws Exception {
    Result export =
        Launched.run(
            "export", "--split", "13:13", "--backend", "python", "--out", repository.toString());
    assertEquals(0, export.code(), export.err());
    server = TritonServer.start(repository);
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
      assertEquals("ok", check.get("verdict").getAsString(), check.toString());
      assertFalse(check.getAsJsonObject("values").isEmpty(), check.toString());
    }
    assertEquals(
        List.of(
            "connection",
            "server",
            "round trip",
            "model middle-13-17",
            "sessions of middle-13-17",
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
}
