package dev.bookend.evaluation.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTest {
  @Test
  void threeKindsOfTaskAreRead() {
    List<Task> tasks =
        Script.parse(
            "f",
            """
            {"prompt": "a", "raw": true, "max_tokens": 3, "stop": ["x"], "category": "c"}

            {"text": "b", "id": "second", "source": "elsewhere"}
            {"context": "c ", "continuation": "d"}
            """);
    assertEquals(
        List.of(
            new Task.Answer("1", "c", "a", true, 3, List.of("x")),
            new Task.Perplexity("second", "all", "b"),
            new Task.Likelihood("4", "all", "c ", "d")),
        tasks);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"secret\", \"text\": \"secret\"}",
        "{\"promt\": \"secret\"}",
        "{\"prompt\": \"\"}",
        "{\"prompt\": \"secret\", \"max_tokens\": 0}",
        "{\"prompt\": \"secret\", \"stop\": [\"\"]}",
        "{\"prompt\": \"secret\", \"stop\": [null]}",
        "{\"continuation\": \"secret\"}",
        "{\"prompt\": [\"secret\"]}",
        "secret",
        "[]",
        "null",
        "{"
      })
  void aLineThatIsNoTaskIsNamedButNotTold(String line) {
    IllegalArgumentException failure =
        assertThrows(
            IllegalArgumentException.class,
            () -> Script.parse("f.jsonl", "{\"text\": \"fine\"}\n" + line));
    assertTrue(failure.getMessage().startsWith("f.jsonl line 2: "), failure.getMessage());
    assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
  }

  @Test
  void anEmptyScriptIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Script.parse("f", "\n \n"));
  }
}
