package dev.bookend.evaluation.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeLoraTest {
  @Test
  void readsARandomOne() {
    assertEquals(new EdgeLora.Drawn(16, 0.3), EdgeLora.parse("random:16:0.3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"random:0:1", "random:16", "random:16:-1", "no/such/file"})
  void saysWhatToWriteInstead(String text) {
    Exception refused = assertThrows(IllegalArgumentException.class, () -> EdgeLora.parse(text));
    assertTrue(refused.getMessage().contains("random:"), refused.getMessage());
  }
}
