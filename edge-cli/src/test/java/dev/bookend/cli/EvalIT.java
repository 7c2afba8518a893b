package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend eval} as a process, on the sample model. */
class EvalIT {
  @Test
  void aScriptGivesALineForEachTaskAndAReport(@TempDir Path directory) throws Exception {
    Path script = directory.resolve("script.jsonl");
    Files.writeString(
        script,
        """
        {"prompt": "What is the capital of France?", "max_tokens": 8}
        {"text": "The sun rises in the east."}
        {"context": "The capital of France is", "continuation": " Paris"}
        {"text": "x", "id": "short"}
        """);
    Path out = directory.resolve("out");
    Result result = Launched.run("eval", script.toString(), "--out", out.toString());
    assertEquals(1, result.code(), result.err()); // one task has no result
    List<JsonObject> lines =
        result.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(4, lines.size());
    assertTrue(lines.get(0).get("answer").getAsString().contains("Paris"));
    assertTrue(lines.get(1).get("perplexity").getAsDouble() > 1);
    assertTrue(lines.get(2).get("is_greedy").getAsBoolean());
    assertEquals("short", lines.get(3).get("id").getAsString());
    assertTrue(lines.get(3).get("error").getAsString().contains("fewer than two tokens"));
    assertTrue(result.err().contains("1 WITHOUT A RESULT"), result.err());
    assertTrue(Files.readString(out.resolve("report.html")).contains("perplexity"));
    assertEquals(result.out(), Files.readString(out.resolve("results.jsonl")));
    // A second run finds all there, times and all, but tries again what failed.
    Result second = Launched.run("eval", script.toString(), "--out", out.toString());
    assertEquals(result.out().lines().limit(3).toList(), second.out().lines().limit(3).toList());
    assertTrue(second.err().contains("3 of the 4 results are from an earlier run"), second.err());
    // Over another link, none of it is there.
    Result other =
        Launched.run("eval", script.toString(), "--out", out.toString(), "--wan", "rtt=1ms");
    assertFalse(other.err().contains("earlier run"), other.err());
  }

  @Test
  void theSamePromptTwiceIsTwoDrawsAndAnotherRunDrawsTheSame(@TempDir Path directory)
      throws Exception {
    Path script = directory.resolve("script.jsonl");
    String line = "{\"prompt\": \"Say anything.\", \"max_tokens\": 12}\n";
    Files.writeString(script, line + line);
    List<List<String>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      Result result =
          Launched.run("eval", script.toString(), "--temperature", "1.5", "--seed", "3");
      assertEquals(0, result.code(), result.err());
      runs.add(
          result
              .out()
              .lines()
              .map(json -> JsonParser.parseString(json).getAsJsonObject().get("answer"))
              .map(JsonElement::getAsString)
              .toList());
    }
    assertEquals(runs.get(0), runs.get(1));
    assertNotEquals(runs.get(0).get(0), runs.get(0).get(1));
  }
}
