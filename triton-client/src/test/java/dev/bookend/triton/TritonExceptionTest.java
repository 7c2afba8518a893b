package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.triton.TritonException.Kind;
import org.junit.jupiter.api.Test;

class TritonExceptionTest {

  @Test
  void aServersWordsReachNoTerminalAsTheyAre() {
    assertEquals(
        "server: \\u001b]52;c;eA==\\u0007 \\u009b \\u202e ü🎉",
        new TritonException(Kind.FAILED, "server: \u001b]52;c;eA==\u0007 \u009b \u202e ü🎉", null)
            .getMessage());
  }
}
