package dev.bookend.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerOptionsTest {
  /** As from a variable that is not set: everybody would have that key. */
  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n"})
  void anEmptyKeyIsRefused(String key) {
    ServerOptions options = ServerOptions.of("sample");
    assertThrows(
        IllegalArgumentException.class, () -> options.withKeys(List.of("a-real-one", key)));
  }

  @Test
  void keysAreNotPrinted() {
    assertFalse(ServerOptions.of("sample").withKeys(List.of("heron")).toString().contains("heron"));
  }
}
