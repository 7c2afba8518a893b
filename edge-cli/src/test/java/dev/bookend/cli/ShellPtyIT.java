package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell as its users see it, in a terminal of its own. */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class ShellPtyIT {
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";
  private static final String PASTE = "\u001b[200~";
  private static final String PASTED = "\u001b[201~";

  @TempDir private static Path directory;
  private static Path model;
  private static PtyShell shared; // for tests that leave it at the prompt

  @BeforeAll
  static void write() throws IOException {
    model = Files.createDirectory(directory.resolve("model"));
    Map<String, List<String>> answers = new LinkedHashMap<>();
    answers.put("", List.of("You said", " something", "."));
    answers.put(
        "markdown",
        List.of(
            "# A title\n",
            "\n",
            "Some **bo",
            "ld** text",
            ".\n\n",
            "- first\n",
            "- second\n\n",
            "```java\nint x",
            " = 1;\n",
            "```\n\n",
            "| a | bb |\n",
            "|---|---|\n",
            "| 1 | 22 |\n"));
    answers.put("count", IntStream.range(1, 300).mapToObj(i -> "n" + i + " ").toList());
    answers.put("first\nsecond \\\n/exit\nthird", List.of("All four lines."));
    answers.put("one\n/exit\ntwo", List.of("What was quoted."));
    answers.put("a\nb", List.of("What went on."));
    answers.put("a secret", List.of("I keep it."));
    answers.put("find me again", List.of("Here", " I am."));
    answers.put(
        "hostile", List.of("\u001b]52;c;cm0=\u0007", "\u001b[2J", "\u202eabc", "\u009b31m!"));
    ScriptedModel.write(model, answers);
    shared = start(120, 28, Map.of());
  }

  @AfterAll
  static void leave() throws InterruptedException {
    try (PtyShell shell = shared) {
      shell.press(CTRL_D);
      assertEquals(0, shell.exitCode());
      String raw = shell.raw();
      assertTrue(raw.lastIndexOf("\u001b[?25h") > raw.lastIndexOf("\u001b[?25l"), "the cursor");
      assertTrue(raw.lastIndexOf("\u001b[?7h") > raw.lastIndexOf("\u001b[?7l"), "wrapping");
    }
  }

  private static PtyShell start(Map<String, String> environment, String... more)
      throws IOException {
    return start(80, 24, environment, more);
  }

  private static PtyShell start(
      int columns, int rows, Map<String, String> environment, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(List.of("chat", "--model", model.toString(), "--split", "1:1"));
    args.addAll(List.of(more));
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("XDG_STATE_HOME", directory.resolve("state").toString());
    variables.put("XDG_DATA_HOME", directory.resolve("data").toString());
    variables.putAll(environment);
    return PtyShell.start(columns, rows, variables, args.toArray(String[]::new));
  }

  @Test
  void anAnswerIsMarkdownAndTheBottomLineSaysWhereTheLayersRun() throws Exception {
    shared.awaitPrompt();
    shared.type("markdown");
    shared.await("1 │ 22");
    shared.awaitPrompt();
    String screen = shared.all();
    assertTrue(
        screen.contains(
            """
            A title

            Some bold text.

            • first
            • second

              java
              int x = 1;

            a │ bb
            ──┼───
            1 │ 22
            """),
        screen);
    assertTrue(screen.contains("tok/s") && screen.contains("1-2 embedded cloud"), screen);
    assertTrue(shared.raw().contains("\u001b[1mbold"), "bold");
  }

  @Test
  void whatAModelSaysIsShownAndNotObeyed() throws Exception {
    shared.awaitPrompt();
    shared.type("hostile");
    shared.await("\\u009b31m!");
    shared.awaitPrompt();
    assertFalse(shared.raw().contains("\u001b]52"), "the clipboard");
    assertFalse(shared.raw().contains("\u202e"), "the direction of writing");
    assertFalse(shared.raw().contains("\u009b"), "a control sequence");

    shared.type("/copy"); // only because the user asks
    shared.await("sent to the terminal's clipboard");
    assertTrue(shared.raw().contains("\u001b]52;c;"), "the clipboard");
    shared.awaitPrompt();
  }

  @Test
  void whatIsPastedIsOneMessageAndSoAreQuotedAndContinuedLines() throws Exception {
    shared.awaitPrompt();
    shared.press(PASTE + "first\rsecond \\\r/exit\r" + PASTED);
    shared.await("/exit");
    shared.press("third\r");
    shared.await("All four lines.");
    shared.awaitPrompt();
    shared.type("\"\"\"one");
    shared.type("/exit");
    shared.type("two\"\"\"");
    shared.await("What was quoted.");
    shared.awaitPrompt();
    shared.type("a\\");
    shared.type("b");
    shared.await("What went on.");
    shared.awaitPrompt();
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  @Test
  void commandsFilesAndDraftersAreCompleted() throws Exception {
    Files.writeString(directory.resolve("readable.txt"), "text");
    shared.awaitPrompt();
    shared.press("/comp\t");
    shared.await("> /compare");
    shared.press(CTRL_C);
    shared.awaitPrompt();
    shared.press("/s\t");
    shared.await("show or set the system message");
    shared.press(CTRL_C);
    shared.awaitPrompt();
    shared.press("/file " + directory + "/rea\t");
    shared.await("readable.txt");
    shared.press(CTRL_C);
    shared.awaitPrompt();
    shared.press("/draft looka\t");
    shared.await("/draft lookahead");
    shared.press("\r");
    shared.await("drafters: lookahead");
    shared.type("/draft usual");
    shared.await("drafters: suffix");
    shared.awaitPrompt();
  }

  @Test
  void ctrlCEndsAnAnswerAndKeepsItAndTheWindowMayChange() throws Exception {
    try (PtyShell shell = start(Map.of(), "--wan", "rtt=50ms", "--decode", "sequential")) {
      shell.awaitPrompt();
      shell.type("count");
      shell.await("n5 ");
      shell.resize(50, 18);
      shell.await("n40 ");
      shell.resize(110, 30);
      shell.await("n80 ");
      shell.press(CTRL_C);
      shell.await("what came is kept");
      shell.awaitPrompt();
      String shown = shell.all().replaceAll("\\s+", " ");
      for (int i = 1; i < 79; i++) {
        String both = " n" + i + " n" + (i + 1) + " ";
        assertTrue(shown.contains(both), both + " in " + shell.all());
      }
      shell.type("/export " + directory.resolve("kept.json"));
      shell.await("written to");
      assertTrue(Files.readString(directory.resolve("kept.json")).contains("n1 n2 n3 n4 n5"));
      shell.awaitPrompt();

      shell.press("half a line");
      shell.await("> half a line");
      shell.press(CTRL_C);
      shell.awaitPrompt();
      shell.press(CTRL_C);
      shell.await("Ctrl-C again leaves");
      shell.awaitPrompt();
      shell.type("count"); // which begins the count of Ctrl-C anew
      shell.await(screen -> count(screen, "n5 ") == 2, "a second answer");
      while (shell.isAlive()) { // two signals at the same moment are one
        shell.press(CTRL_C);
        TimeUnit.MILLISECONDS.sleep(200);
      }
      assertEquals(0, shell.exitCode());
    }
  }

  @Test
  void aPressOfCtrlCAtThePromptIsOneAndWhatIsTypedBehindItIsKept() throws Exception {
    try (PtyShell shell = start(Map.of())) {
      for (int i = 1; i <= 100; i++) { // told of twice it would be seldom
        shell.awaitPrompt();
        shell.press(i % 2 == 0 ? "/s\t" + CTRL_C + CTRL_C : CTRL_C);
        String line = "/no" + "x".repeat(i % 10 + 1) + "y".repeat(i / 10 + 1);
        shell.type(line);
        shell.await("no command " + line + ";");
      }
      shell.awaitPrompt();
      shell.press(CTRL_C + CTRL_C);
      assertEquals(0, shell.exitCode());
    }
  }

  @Test
  void ofAnAnswerThatHasNotBegunNothingIsKeptAndNoSpeedIsTold() throws Exception {
    try (PtyShell shell = start(Map.of(), "--wan", "rtt=2500ms")) {
      shell.awaitPrompt();
      shell.type("count");
      shell.await("reading the conversation");
      shell.press(CTRL_C);
      shell.await("ended by Ctrl-C before anything came");
      shell.awaitPrompt();
      assertFalse(shell.all().contains("tok/s"), shell.all());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP"})
  void whoIsToldToEndInAnAnswerLeavesWhatCameAndAFreshLine(String signal) throws Exception {
    try (PtyShell shell = start(Map.of(), "--wan", "rtt=50ms", "--decode", "sequential")) {
      shell.awaitPrompt();
      shell.type("count");
      shell.await("n40 ");
      assertTrue(shell.all().contains("tok/s"), shell.all());
      shell.signal(signal);
      shell.exitCode();
      String shown = shell.all();
      assertTrue(shown.replaceAll("\\s+", " ").contains("n1 n2 n3 n4 n5 "), shown);
      assertTrue(shown.contains("n40 "), shown);
      for (String other : List.of("tok/s", "embedded cloud", "Exception", "bookend: ")) {
        assertFalse(shown.contains(other), other + " in " + shown);
      }
      List<String> rows = shell.screen().lines().toList();
      int last = rows.size() - 1;
      while (rows.get(last).isBlank()) {
        last--;
      }
      assertTrue(rows.get(last).matches(".*n[0-9]+"), shown);
      String raw = shell.raw();
      assertTrue(raw.lastIndexOf("\u001b[?25h") > raw.lastIndexOf("\u001b[?25l"), "the cursor");
      assertTrue(raw.substring(raw.lastIndexOf("n")).contains("\r\n"), "a fresh line");
    }
  }

  @Test
  void aNarrowWindowWithoutColourShowsAllAndNothingIsStyled() throws Exception {
    try (PtyShell shell = start(20, 50, Map.of("NO_COLOR", "1"), "--max-tokens", "400")) {
      shell.awaitPrompt();
      shell.press("/s\t");
      shell.await("/stats");
      shell.press(CTRL_C);
      shell.awaitPrompt();
      shell.type("/split");
      shell.await("hidden");
      assertTrue(shell.all().contains("\nembedded cloud\n"), shell.all());
      shell.awaitPrompt();
      shell.type("markdown");
      shell.await("1 │ 22");
      shell.awaitPrompt();
      assertTrue(shell.all().contains("**bold**"), shell.all());
      shell.type("count");
      shell.await("n299"); // it and the word before may stand in two rows
      shell.awaitPrompt();
      assertFalse(
          Pattern.compile("\u001b\\[[0-9;]*[1-9][0-9;]*m").matcher(shell.raw()).find(),
          shell.raw().replace("\u001b", "ESC"));
    }
  }

  @Test
  void aTerminalThatCanDoNothingGetsTextAlone() throws Exception {
    try (PtyShell shell = start(Map.of("TERM", "dumb"), "--wan", "rtt=40ms")) {
      shell.awaitPrompt();
      shell.type("hostile");
      shell.await("\\u009b31m!");
      shell.type("markdown");
      shell.await("| 1 | 22 |");
      shell.awaitPrompt();
      shell.type("count");
      shell.await("n9 ");
      shell.press(CTRL_C);
      shell.awaitPrompt();
      shell.type("/exit");
      assertEquals(0, shell.exitCode());
      assertFalse(shell.raw().contains("\u001b"), shell.raw().replace("\u001b", "ESC"));
    }
  }

  @Test
  void linesAreKeptOnlyWhereTheUserWantsItAndOnlyForHim() throws Exception {
    Path kept = directory.resolve("state/bookend/chat_history");
    shared.awaitPrompt();
    shared.type("a secret");
    shared.await("I keep it.");
    shared.awaitPrompt();
    assertFalse(Files.exists(kept));
    try (PtyShell shell = start(Map.of(), "--history")) {
      shell.awaitPrompt();
      shell.type("find me again");
      shell.await("Here I am.");
      shell.awaitPrompt();
      shell.press(CTRL_D);
      assertEquals(0, shell.exitCode());
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)));
    assertFalse(Files.readString(kept).contains("secret"));
    shared.type("/set history on");
    shared.await("history on");
    shared.awaitPrompt();
    shared.press("\u0012me aga");
    shared.await("find me again");
    shared.press("\r");
    shared.await("Here I am.");
    shared.awaitPrompt();
    shared.type("/set history off");
    shared.await("history off");
    shared.awaitPrompt();
  }

  @Test
  void aCloudThatIsLostInAnAnswerIsToldOfAndTheAnswerGoesOn() throws Exception {
    try (Checkpoint checkpoint = CheckpointFiles.open(model);
        Decoder decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32)) {
      Contract contract = Contract.of(checkpoint, 1, 3);
      EmbeddedCloud cloud = EmbeddedCloud.start(decoder, contract);
      Endpoint endpoint = cloud.endpoint();
      try (PtyShell shell =
          start(
              Map.of(),
              "--cloud",
              endpoint.toString(),
              "--wan",
              "rtt=30ms",
              "--decode",
              "sequential")) {
        shell.awaitPrompt();
        shell.type("count");
        shell.await("n5 ");
        cloud.close();
        shell.await("cloud lost; reconnecting");
        cloud =
            EmbeddedCloud.start(decoder, contract, EmbeddedCloud.Limits.DEFAULT, endpoint.port());
        shell.await("n40 ");
        shell.press(CTRL_C);
        shell.await("the cloud was lost; reconnected to");
        String shown = shell.all().replaceAll("\\s+", " ");
        for (int i = 1; i < 39; i++) {
          assertTrue(shown.contains(" n" + i + " n" + (i + 1) + " "), "n" + i + " in " + shown);
        }
        shell.awaitPrompt();
        shell.press(CTRL_D);
        assertEquals(0, shell.exitCode());
      } finally {
        cloud.close();
      }
    }
  }
}
