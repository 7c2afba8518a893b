package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.model.checkpoint.gguf.GgufFixture;
import dev.bookend.model.store.FakeHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend plan} and {@code bookend model}, with a hub on this machine. */
class ModelIT {
  @TempDir private Path cache;
  private Map<String, String> environment = Map.of();

  private Result run(String... args) throws Exception {
    try (Launched launched = Launched.start("", environment, args)) {
      return launched.await();
    }
  }

  private String done(String... args) throws Exception {
    Result result = run(args);
    assertEquals(0, result.code(), result.err());
    return result.out();
  }

  @Test
  void whatIsPlannedIsFetchedAndWhatIsMissingIsSaid() throws Exception {
    try (FakeHub hub = new FakeHub()) {
      hub.files.put("m.gguf", GgufFixture.llama(6).write());
      environment =
          Map.of(
              "HF_ENDPOINT", hub.endpoint(),
              "XDG_CACHE_HOME", cache.toString(),
              "HF_HOME", "$XDG_CACHE_HOME/hf",
              "OLLAMA_MODELS", cache.resolve("ollama").toString());
      String json = done("plan", "owner/name", "--split", "1:2", "--no-speed", "--json");
      JsonObject plan = JsonParser.parseString(json).getAsJsonObject();
      long planned = plan.get("edge_download_bytes").getAsLong();
      assertTrue(plan.get("fits_edge").isJsonNull(), json); // no memory was given
      assertTrue(plan.get("edge_ms").isJsonNull(), json);
      hub.sent.set(0);
      Path path =
          Path.of(done("model", "pull", "--edge-only", "--split", "1:2", "owner/name").strip());
      assertEquals(planned, hub.sent.get());
      assertTrue(Files.exists(path.resolve("layer-0005.gguf")));
      assertFalse(Files.exists(path.resolve("layer-0001.gguf")));
      assertMissing("generate", "--raw", "--model", "owner/name", "--split", "1:2", "a");
    }
  }

  private void assertMissing(String... args) throws Exception {
    Result result = run(args);
    assertEquals(1, result.code(), result.err());
    assertTrue(result.err().contains("of owner/name"), result.err());
    assertTrue(result.err().contains("bookend model pull --edge-only --split"), result.err());
  }

  @Test
  void aKeyOfTheJsonMeansTheSameInAllCommands() throws Exception {
    Path file = lmStudio();
    String list = done("model", "list", "--split", "1:0", "--json");
    JsonObject listed = JsonParser.parseString(list).getAsJsonArray().get(0).getAsJsonObject();
    assertEquals(Files.size(file), listed.get("bytes").getAsLong());
    for (String name : List.of(listed.get("name").getAsString(), file.toString())) {
      JsonObject shown = json("model", "show", "--split", "1:0", "--json", name);
      for (String key : List.of("bytes", "weights_bytes", "edge_bytes", "cloud_bytes")) {
        assertEquals(listed.get(key), shown.get(key), key);
      }
      JsonObject plan = json("plan", "--split", "1:0", "--no-speed", "--json", name);
      for (String key : List.of("weights_bytes", "edge_download_bytes")) {
        assertEquals(plan.get(key), shown.get(key), key);
      }
    }
  }

  private JsonObject json(String... args) throws Exception {
    return JsonParser.parseString(done(args)).getAsJsonObject();
  }

  /** What is kept by others is only shown. */
  @Test
  void modelsOfOthersAreNotRemovedUnasked() throws Exception {
    Path file = lmStudio();
    String name = "lmstudio:owner/name/m.gguf";
    Result refused = run("model", "rm", name);
    assertEquals(1, refused.code());
    assertTrue(refused.err().contains("--others removes it there"), refused.err());
    assertTrue(Files.exists(file));
    done("model", "rm", "--others", name);
    assertFalse(Files.exists(file));
  }

  /** Makes the home that of somebody who has one model, which LM Studio keeps: this file. */
  private Path lmStudio() throws IOException {
    environment =
        Map.of(
            "HOME", cache.toString(),
            "DJL_CACHE_DIR", System.getProperty("user.home") + "/.djl.ai",
            "XDG_CACHE_HOME", cache.resolve("xdg").toString(),
            "OLLAMA_MODELS", cache.resolve("ollama").toString());
    Path directory = Files.createDirectories(cache.resolve(".lmstudio/models/owner/name"));
    return Files.write(directory.resolve("m.gguf"), GgufFixture.llama(2).write());
  }
}
