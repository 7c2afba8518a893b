package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shell in a window that is given other sizes, in a terminal that wraps its rows anew. */
@Timeout(600)
class ShellResizeIT {
  private static final String LONG =
      "> " + String.join(" ", IntStream.range(100, 140).mapToObj(Integer::toString).toList());

  @TempDir private static Path directory;
  private static Path model;

  @BeforeAll
  static void write() throws Exception {
    assumeTrue(TmuxShell.isThere(), "no tmux");
    model = directory.resolve("model");
    Map<String, List<String>> answers = new LinkedHashMap<>();
    answers.put("", List.of("You said", " something", "."));
    answers.put("count", IntStream.range(1, 300).mapToObj(i -> "n" + i + " ").toList());
    Files.createDirectory(model);
    ScriptedModel.write(model, answers);
  }

  private static TmuxShell start() throws Exception {
    TmuxShell shell =
        TmuxShell.start(
            directory,
            "chat",
            "--model",
            model.toString(),
            "--split",
            "1:1",
            "--wan",
            "rtt=20ms",
            "--decode",
            "sequential");
    shell.await("1-2 embedded");
    return shell;
  }

  /** All of an answer is there, in any rows. */
  private static void assertCounts(String shown, int last) {
    String all = letters(shown);
    for (int i = 1; i < last; i++) {
      assertTrue(all.contains("n" + i + "n" + (i + 1) + "n"), "n" + i + " in " + shown);
    }
  }

  private static String letters(String shown) {
    return shown.replaceAll("\\s+", "");
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  /** The rows of the line that is typed, joined. */
  private static String typed(String shown) {
    String rows = shown.substring(shown.lastIndexOf("\n> ") + 1);
    return rows.substring(0, rows.lastIndexOf('\n')).replace("\n", "");
  }

  @Test
  void theConversationAndTheLineStayWhatTheyAre() throws Exception {
    try (TmuxShell shell = start()) {
      shell.type("count");
      shell.press("Enter");
      shell.await("n9 ");
      for (int[] size : new int[][] {{50, 24}, {51, 20}, {33, 18}, {100, 30}, {60, 14}}) {
        shell.resize(size[0], size[1]);
        TimeUnit.MILLISECONDS.sleep(30);
      }
      shell.await("n90 ");
      shell.press("C-c");
      shell.await("what came is kept");
      assertCounts(shell.all(), 90);

      shell.resize(80, 24);
      shell.type(LONG.substring(2));
      shell.await(screen -> screen.contains("> 100") && typed(screen).equals(LONG), "a line");
      String conversation = shell.all();
      conversation = conversation.substring(0, conversation.lastIndexOf("\n> "));
      for (int[] size : new int[][] {{50, 24}, {30, 30}, {110, 20}, {40, 18}, {81, 25}, {80, 24}}) {
        shell.resize(size[0], size[1]);
        TimeUnit.MILLISECONDS.sleep(30);
      }
      shell.await(screen -> typed(screen).equals(LONG) && screen.endsWith("embedded"), "the line");
      assertTrue(shell.all().startsWith(conversation), conversation + "\nin\n" + shell.all());
      shell.press("Enter");
      shell.await("You said something.");
      assertTrue(shell.all().startsWith(conversation), conversation + "\nin\n" + shell.all());
    }
  }

  @Test
  @Tag("slow")
  void sizesByChanceLoseNothing() throws Exception {
    Random chance = new Random(4711);
    try (TmuxShell shell = start()) {
      for (int round = 1; round <= 10; round++) {
        shell.type("/clear");
        shell.press("Enter");
        shell.type("count");
        shell.press("Enter");
        int answers = round;
        shell.await(screen -> count(screen, "> count") == answers, "answer " + round);
        for (int i = 0; i < 30; i++) {
          shell.resize(20 + chance.nextInt(100), 6 + chance.nextInt(34));
          TimeUnit.MILLISECONDS.sleep(new int[] {0, 20, 100, 300}[chance.nextInt(4)]);
        }
        shell.press("C-c");
        shell.await(
            screen -> count(screen.replace("\n", ""), "(ended by Ctrl-C") == answers, "the end");
        shell.type(LONG.substring(2));
        shell.await(screen -> screen.replace("\n", "").contains(LONG.substring(100)), "a line");
        for (int i = 0; i < 20; i++) {
          shell.resize(20 + chance.nextInt(100), 16 + chance.nextInt(24));
          TimeUnit.MILLISECONDS.sleep(new int[] {0, 20, 100, 700}[chance.nextInt(4)]);
        }
        shell.resize(100, 30);
        shell.await(screen -> typed(screen).equals(LONG), "the line");
        shell.press("C-c");
        String all = shell.all();
        assertEquals(round, count(all.replace("\n", ""), "(ended by Ctrl-C"), all);
        assertCounts(all.substring(all.lastIndexOf("> count")), 30);
      }
    }
  }
}
