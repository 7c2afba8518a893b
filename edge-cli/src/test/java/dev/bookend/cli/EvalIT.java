package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertTrue(lines.get(3).get("error").getAsString().contains("less than two tokens"));
    assertTrue(result.err().contains("1 WITHOUT A RESULT"), result.err());
    assertTrue(Files.readString(out.resolve("report.html")).contains("perplexity"));
    assertEquals(result.out(), Files.readString(out.resolve("results.jsonl")));
    // A second run finds all there, times and all.
    assertEquals(
        result.out(), Launched.run("eval", script.toString(), "--out", out.toString()).out());
  }
}
