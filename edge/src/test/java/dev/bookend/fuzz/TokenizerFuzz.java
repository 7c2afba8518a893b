package dev.bookend.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.model.tokenizer.TokenizerSource;

/** A {@code tokenizer.json}. The library that reads it ends the process where it panics. */
public final class TokenizerFuzz {
  private TokenizerFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, TokenizerFuzz::read);
  }

  private static void read(byte[] input) {
    Reading.tokenizer(TokenizerSource.of(new String(input, UTF_8)));
  }
}
