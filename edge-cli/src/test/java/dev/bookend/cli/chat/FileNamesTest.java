package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.cli.chat.FileNames.Split;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;

class FileNamesTest {
  @Example
  void aPathInQuotationMarksOfEitherKindMayHaveSpaces() {
    assertEquals(
        new Split("my notes.txt", "sum it up"), FileNames.split("\"my notes.txt\" sum it up"));
    assertEquals(
        new Split("my notes.txt", "sum it up"), FileNames.split("'my notes.txt' sum it up"));
    assertEquals(new Split("my notes.txt", ""), FileNames.split("'my notes.txt'"));
  }

  /** What is completed is read again as the name of that file. */
  @Example
  void whatIsCompletedNamesTheFile() throws IOException {
    List<String> names =
        List.of(
            "plain.txt", "two words.txt", "its \"odd\".txt", "it's odd.txt", "it's \"odd\".txt");
    Path directory = Files.createTempDirectory("names");
    try {
      for (String name : names) {
        Files.createFile(directory.resolve(name));
      }
      Set<String> found = new TreeSet<>();
      for (Proposal proposal : FileNames.complete(directory + "/")) {
        Split split = FileNames.split(proposal.text());
        assertEquals("", split.rest());
        found.add(FileNames.path(split.path()).getFileName().toString());
      }
      assertEquals(new TreeSet<>(names), found);
    } finally {
      for (String name : names) {
        Files.delete(directory.resolve(name));
      }
      Files.delete(directory);
    }
  }

  @Example
  void aMarkThatIsNotClosedBelongsToTheName() {
    assertEquals(new Split("'tis.txt", "why?"), FileNames.split("'tis.txt why?"));
    assertEquals(new Split("it's.txt", "why?"), FileNames.split("it's.txt why?"));
  }
}
