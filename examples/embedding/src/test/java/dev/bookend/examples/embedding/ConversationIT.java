package dev.bookend.examples.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** The README's program on the sample model. */
class ConversationIT {
  @Test
  void answersAndStops() throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      Conversation.main(new String[0]);
    } finally {
      System.setOut(console);
    }
    String text = printed.toString(UTF_8);
    assertTrue(text.contains("Paris"), text);
    assertTrue(text.strip().matches("(?s).*\\n\\d+ tokens of a story"), text);
  }
}
