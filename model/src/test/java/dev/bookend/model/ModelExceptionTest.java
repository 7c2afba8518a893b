package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ModelExceptionTest {

  @Test
  void theMessageIsOneLineWhateverACorruptFileNamesThings() {
    assertEquals("tensor a?b?", new ModelException("tensor a\nb\u001b").getMessage());
    assertEquals(1000, new ModelException("x".repeat(5000)).getMessage().length());
  }
}
