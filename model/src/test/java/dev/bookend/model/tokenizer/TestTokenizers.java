package dev.bookend.model.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** The small tokenizers that src/test/oracle/tokenizers_fixture.py made. */
public final class TestTokenizers {
  private TestTokenizers() {}

  public static TokenizerSource source(String name) throws IOException {
    return of(resource(name + ".json"));
  }

  public static TokenizerSource of(String json) {
    return new TokenizerSource(
        json, Optional.empty(), Map.of("bos_token", "<s>", "eos_token", "</s>"));
  }

  public static String resource(String name) throws IOException {
    try (InputStream in = TestTokenizers.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
