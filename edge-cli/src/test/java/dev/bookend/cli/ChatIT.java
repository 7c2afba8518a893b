package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.Launched.Result;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code bookend chat} with its lines piped in. */
class ChatIT {
  private static Result chat(String lines) throws Exception {
    try (Launched chat = Launched.start(lines, Map.of("TERM", "dumb"), "chat")) {
      return chat.await();
    }
  }

  @Test
  void answersKnowWhatWasSaidBefore() throws Exception {
    Result result =
        chat("What is the capital of France?\nAnd what is the capital of Italy?\n/exit\n");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("Paris"), result.out());
    assertTrue(result.out().contains("Rome"), result.out());
  }

  @Test
  void theEndOfInputEndsTheChat() throws Exception {
    Result result = chat("/help\n");
    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("/reset"), result.out());
  }
}
