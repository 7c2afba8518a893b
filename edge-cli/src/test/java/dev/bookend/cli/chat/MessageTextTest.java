package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.chat.LineSource.Typed;
import dev.bookend.error.BookendException;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class MessageTextTest {
  private static List<String> messages(String input) {
    PipedLines lines =
        new PipedLines(new BufferedReader(new StringReader(input)), UnaryOperator.identity());
    List<String> messages = new ArrayList<>();
    while (lines.read("", "") instanceof Typed.Line line) {
      messages.add(MessageText.of(line.text()));
    }
    return messages;
  }

  @Test
  void aLineIsAMessage() {
    assertEquals(List.of("one", "two"), messages("one\n  two \n"));
  }

  @Test
  void aBackslashAtTheEndGoesOnInTheNextLine() {
    assertEquals(List.of("one\ntwo\nthree", "four"), messages("one\\\ntwo\\\nthree\nfour"));
    assertEquals(List.of("a path C:\\\\", "two"), messages("a path C:\\\\\ntwo"));
  }

  @Test
  void allBetweenThreeQuotationMarksIsOneMessage() {
    assertEquals(
        List.of("one\n\n  two \"quoted\"", "three"),
        messages("\"\"\"\none\n\n  two \"quoted\"\n\"\"\"\nthree"));
    assertEquals(List.of("short"), messages("\"\"\"short\"\"\""));
    assertEquals(List.of("one\\\ntwo"), messages("\"\"\"one\\\ntwo\"\"\""));
    assertEquals(List.of("never closed\nat all"), messages("\"\"\"never closed\nat all"));
  }

  @Test
  void whatIsOpenIsTold() {
    assertTrue(MessageText.goesOn("\"\"\"text"));
    assertTrue(MessageText.goesOn("text\\"));
    assertFalse(MessageText.goesOn("\"\"\"text\"\"\""));
    assertFalse(MessageText.goesOn("text\\\\"));
    assertFalse(MessageText.goesOn("she said \"\"\""));
  }

  @Test
  void aMarkAtTheBeginningIsDroppedAndOtherEncodingsAreRefused() {
    assertEquals(List.of("hi"), messages("\uFEFFhi\n"));
    PipedLines latin =
        new PipedLines(
            new BufferedReader(
                new InputStreamReader(
                    new ByteArrayInputStream(new byte[] {'G', 'r', (byte) 0xFC, '\n'}),
                    StandardCharsets.UTF_8.newDecoder())),
            UnaryOperator.identity());
    assertThrows(BookendException.class, () -> latin.read("", ""));
  }
}
