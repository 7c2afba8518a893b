package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend standin train} as a process, on the sample model at a split without a head. */
class StandinIT {
  private static final String SPLIT = "3:3";

  @TempDir private Path data;

  private Result run(String... args) throws Exception {
    Map<String, String> environment = Map.of("XDG_DATA_HOME", data.toString());
    try (Launched launched = Launched.start("", environment, args)) {
      Result result = launched.await();
      assertEquals(0, result.code(), result.err());
      return result;
    }
  }

  @Test
  void aHeadTrainedOnATextIsFoundAndDraftsFromTheFirstTokensOn() throws Exception {
    String[] train = {
      "standin", "train", "--split", SPLIT, "--text", "../LICENSE", "--tokens", "1300"
    };
    Path file = Path.of(run(train).out().strip());
    assertEquals(data.resolve("bookend/standins"), file.getParent());
    assertTrue(file.getFileName().toString().endsWith("-3-27.standin"), file.toString());
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertEquals(List.of(file), files.toList());
    }
    String[] generate = {
      "generate",
      "--json",
      "--split",
      SPLIT,
      "--draft",
      "standin",
      "--wan",
      "rtt=200ms",
      "--max-tokens",
      "12",
      "Name the parts of a bicycle."
    };
    JsonObject answer = JsonParser.parseString(run(generate).out()).getAsJsonObject();
    JsonObject drafter = answer.getAsJsonObject("drafters").getAsJsonObject("standin");
    assertTrue(drafter.get("sent").getAsInt() > 0, answer.toString());
  }
}
