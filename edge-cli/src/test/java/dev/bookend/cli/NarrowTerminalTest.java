package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Help, tables and progress in windows of few columns. */
class NarrowTerminalTest {
  private static String help(int columns, String... args) {
    StringWriter out = new StringWriter();
    CommandLine program =
        Main.commandLine(
            Map.of("COLUMNS", Integer.toString(columns), "BOOKEND_CONFIG", "/dev/null"));
    program.setOut(new PrintWriter(out));
    assertEquals(0, program.execute(args));
    return out.toString();
  }

  private static int widest(List<String> lines) {
    return lines.stream()
        .mapToInt(line -> new AttributedString(line).columnLength())
        .max()
        .orElse(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 33, 50, 60, 200})
  void helpFitsAndLeavesNothingOut(int columns) {
    for (String command : List.of("generate", "serve", "model list", "doctor")) {
      String help = help(columns, (command + " --help").split(" ", -1));
      assertTrue(widest(help.lines().toList()) <= Math.min(columns, 100), help);
      assertTrue(help.lines().noneMatch(line -> line.endsWith(" ")) || columns >= 55, help);
      CommandSpec spec = Main.commandLine().getCommandSpec();
      for (String word : command.split(" ", -1)) {
        spec = spec.subcommands().get(word).getCommandSpec();
      }
      String text = help.replaceAll("\\s+", "");
      for (OptionSpec option : spec.options()) {
        assertTrue(text.contains(option.longestName()), option.longestName() + " in " + help);
      }
      assertTrue(text.contains("Showthishelpmessage"), help);
    }
    String all = help(columns, "--help").replaceAll("\\s+", "");
    assertTrue(all.contains("Exitcodes:") && all.contains("thecloudcannotbereached"), all);
    assertTrue(all.contains("Talkwiththemodel"), all);
  }

  @Test
  void helpHasNothingThatATerminalObeys() {
    System.setProperty("picocli.ansi", "true"); // as picocli finds out in a terminal
    try {
      assertFalse(help(80, "--help").contains("\u001b"));
      assertFalse(help(80, "generate", "--help").contains("\u001b"));
      assertFalse(help(80, "help", "generate").contains("\u001b"));
    } finally {
      System.clearProperty("picocli.ansi");
    }
  }

  @Test
  void aTableThatIsTooWideIsABlockForEachRow() {
    List<List<String>> rows =
        List.of(
            List.of("NAME", "SIZE", "KEPT BY", ""),
            List.of("owner/a-model-with-a-name", "1.4 GB", "bookend", "layers 0-3 only"),
            List.of("模型", "–", "ollama", ""));
    assertEquals(
        List.of(
            "NAME                         SIZE  KEPT BY",
            "owner/a-model-with-a-name  1.4 GB  bookend  layers 0-3 only",
            "模型                            –  ollama"),
        TextTable.lines(rows, OptionalInt.of(80)));
    assertEquals(
        List.of(
            "owner/a-model-with-a-name",
            "  SIZE 1.4 GB",
            "  KEPT BY bookend",
            "  layers 0-3 only",
            "模型",
            "  KEPT BY ollama"),
        TextTable.lines(rows, OptionalInt.of(40)));
    for (int columns = 20; columns < 70; columns++) {
      assertTrue(widest(TextTable.lines(rows, OptionalInt.of(columns))) <= columns);
    }
  }

  @Test
  void aLineWithAVerdictGoesOnBelowWhatItSays() {
    String line = "  ok       connection: 127.0.0.1:8001 answers, and the model is ready";
    assertEquals(List.of(line), HangingText.rows(line, 11, OptionalInt.empty()));
    assertEquals(
        List.of(
            "  ok       connection: 127.0.0.1:8001",
            "           answers, and the model is",
            "           ready"),
        HangingText.rows(line, 11, OptionalInt.of(38)));
    for (int columns = 20; columns < 70; columns++) {
      List<String> rows = HangingText.rows(line, 11, OptionalInt.of(columns));
      assertTrue(widest(rows) <= columns, rows.toString());
      assertEquals(line.replace(" ", ""), String.join("", rows).replace(" ", ""));
    }
  }

  @Test
  void progressStaysInOneRowAndKeepsTheAmount() {
    String what = "owner/name/model-00001-of-00002.safetensors";
    String amounts = "0.3 of 1.4 GB";
    String usual =
        "…l-00001-of-00002.safetensors [##--------] " + amounts + ", 3.0 MB/s, 6 min left";
    assertEquals(usual, ProgressBar.fitting(usual, what, amounts, 100));
    for (int columns = 20; columns < 80; columns++) {
      String row = ProgressBar.fitting(usual, what, amounts, columns);
      assertTrue(row.length() < columns, row);
      assertTrue(row.contains(amounts), row);
    }
    assertEquals("…00002.safetensors 0.3 of 1.4 GB", ProgressBar.fitting(usual, what, amounts, 33));
    assertEquals("0.3 of 1…", ProgressBar.fitting(usual, what, amounts, 10));
  }

  @Test
  void aNoticeIsCutWhereTheRowEnds() {
    assertEquals("waiting", TerminalWidth.cut("waiting", 7));
    assertEquals("waiti…", TerminalWidth.cut("waiting", 6));
    assertEquals("模…", TerminalWidth.cut("模型模型", 4));
  }
}
