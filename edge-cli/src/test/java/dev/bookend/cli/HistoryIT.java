package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --history} and {@code bookend history} as processes, on the sample model. */
class HistoryIT {
  @TempDir private Path data;

  private Result run(String... args) throws Exception {
    Map<String, String> environment = Map.of("XDG_DATA_HOME", data.toString());
    try (Launched launched = Launched.start("", environment, args)) {
      return launched.await();
    }
  }

  private JsonObject generate(String... more) throws Exception {
    String[] args = {
      "generate",
      "--json",
      "--draft",
      "phrases", // an alias of "retrieval"
      "--wan",
      "rtt=50ms", // guesses pay
      "--max-tokens",
      "30",
      "Describe a bus ride through a town of clocks."
    };
    String[] all = new String[args.length + more.length];
    System.arraycopy(args, 0, all, 0, args.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    Result result = run(all);
    assertEquals(0, result.code(), result.err());
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @Test
  void whatWasSaidBeforeIsGuessedWhereTheUserKeepsIt() throws Exception {
    JsonObject without = generate();
    assertFalse(Files.exists(data.resolve("bookend/history")), "kept unasked");
    generate("--history");
    JsonObject again = generate("--history");
    assertEquals(without.get("token_ids"), again.get("token_ids"));
    assertTrue(
        again.get("round_trips").getAsInt() < 0.6 * without.get("round_trips").getAsInt(),
        again.toString());
    assertTrue(run("history").out().contains(": 2 texts, "), run("history").out());
    assertEquals(0, run("history", "clear").code());
    assertTrue(run("history").out().startsWith("nothing is kept"));
  }
}
