package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.bookend.cli.DocumentedCommands.Block;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Commands in the documentation are commands that Bookend takes, with the flags that it has. */
class DocumentedCommandsTest {
  private static final CommandLine PROGRAM = Main.commandLine(Map.of());

  static Stream<List<String>> calls() {
    return DocumentedCommands.blocks().stream()
        .flatMap(block -> DocumentedCommands.calls(block).stream())
        .distinct();
  }

  @Test
  void thereAreMany() {
    assertTrue(calls().count() > 60, calls().toList().toString());
  }

  @ParameterizedTest
  @MethodSource("calls")
  void aDocumentedCommandIsTaken(List<String> call) {
    List<String> words =
        call.stream()
            .map(word -> word.replace("K:M", "4:4").replaceAll("^N$", "8"))
            .filter(word -> !word.equals("..."))
            .toList();
    try {
      PROGRAM.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      fail("bookend " + String.join(" ", words) + ": " + e.getMessage());
    }
  }

  @Test
  void aFlagThatIsNoneIsFound() {
    assertThrows(ParameterException.class, () -> PROGRAM.parseArgs("generate", "--no-such", "x"));
  }

  @Test
  void wordsAreThoseOfAShell() {
    assertEquals(
        List.of("generate", "a b", "--x=c d", ""),
        DocumentedCommands.words(" generate \"a b\" --x='c d' '' # why"));
    assertEquals(List.of("a"), DocumentedCommands.words("a | head"));
    Block block = new Block("", "", "echo x | ./bookend generate \\\n  --raw -\nA=1 bookend\n");
    assertEquals(
        List.of(List.of("generate", "--raw", "-"), List.of()), DocumentedCommands.calls(block));
  }
}
