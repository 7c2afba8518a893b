package dev.bookend.error;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BookendExceptionTest {
  private static String message(String text) {
    return new BookendException(ErrorCode.MODEL_DAMAGED, text).getMessage();
  }

  @Test
  void theMessageIsOneLineWhateverACorruptFileNamesThings() {
    assertEquals("tensor a b\\u001b", message("tensor a\nb\u001b"));
    assertEquals(1001, message("x".repeat(5000)).length());
  }
}
