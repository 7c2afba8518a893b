package dev.bookend.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultLogTest {
  @TempDir private Path directory;

  private record Figures(String key, double one, Double other) implements ResultLog.Entry {}

  /** Other programs read the lines, and JSON has no word for what is no number. */
  @Test
  void whatIsNoFiniteNumberIsNullAndReadAsNaN() throws Exception {
    ResultLog<Figures> log = ResultLog.open(Optional.of(directory), "log.jsonl", Figures.class);
    log.add(new Figures("a", Double.NaN, Double.POSITIVE_INFINITY));
    log.add(new Figures("b", 1.5, null));
    assertEquals(
        "{\"key\":\"a\",\"one\":null,\"other\":null}\n{\"key\":\"b\",\"one\":1.5}\n",
        Files.readString(directory.resolve("log.jsonl")));
    ResultLog<Figures> again = ResultLog.open(Optional.of(directory), "log.jsonl", Figures.class);
    assertEquals(Double.NaN, again.get("a").orElseThrow().one());
    assertEquals(new Figures("b", 1.5, null), again.get("b").orElseThrow());
  }
}
