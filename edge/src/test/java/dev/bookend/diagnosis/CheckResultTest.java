package dev.bookend.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckResultTest {

  @Test
  void aServersWordsReachNoTerminalAsTheyAre() {
    CheckResult result =
        new CheckResult(
            "server", Severity.OK, "name \u001b]0;x\u0007", "load \u202emodel\n", Map.of());
    assertEquals("name \\u001b]0;x\\u0007", result.detail());
    assertEquals("load \\u202emodel ", result.hint());
    assertEquals(
        1001,
        new CheckResult("a", Severity.OK, "x".repeat(99_999), "", Map.of()).detail().length());
  }
}
