package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.cli.chat.FileNames.Split;
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

  @Example
  void aMarkThatIsNotClosedBelongsToTheName() {
    assertEquals(new Split("'tis.txt", "why?"), FileNames.split("'tis.txt why?"));
    assertEquals(new Split("it's.txt", "why?"), FileNames.split("it's.txt why?"));
  }
}
