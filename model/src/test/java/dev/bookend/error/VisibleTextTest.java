package dev.bookend.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class VisibleTextTest {

  @Test
  void whatATerminalWouldObeyIsShown() {
    assertEquals("\\u001b]52;c;cm0gLXJm\\u0007", VisibleText.of("\u001b]52;c;cm0gLXJm\u0007"));
    assertEquals("\\u009b2J\\u007f\\u0000", VisibleText.of("\u009b2J\u007f\u0000"));
    assertEquals("a\\u202eb\\u2066c\\u2069", VisibleText.of("a\u202eb\u2066c\u2069"));
    assertEquals("over\\u000dwritten", VisibleText.of("over\rwritten"));
    assertEquals("\\u2028", VisibleText.of("\u2028"));
  }

  @Test
  void allOtherTextStaysAsItIs() {
    String text = "Grüße,\t日本 🎉 עברית\u200f e\u0301 \u00a0\n\r\n👩\u200d👧";
    assertSame(text, VisibleText.of(text));
  }

  @Test
  void noControlCharacterIsLeftOfAny() {
    for (char c = 0; c < 0xffff; c++) {
      String shown = VisibleText.line("a" + c + "b");
      assertFalse(shown.chars().anyMatch(Character::isISOControl), shown);
    }
  }

  @Test
  void aLineIsOneAndNotEndless() {
    assertEquals("a b c d", VisibleText.line("a\nb\r\nc\td"));
    assertEquals("x".repeat(1000) + "…", VisibleText.line("x".repeat(1_000_000)));
    assertEquals(1001, VisibleText.line("\u001b".repeat(900)).length());
    assertEquals("x".repeat(999) + "…", VisibleText.line("x".repeat(999) + "🎉"));
  }
}
