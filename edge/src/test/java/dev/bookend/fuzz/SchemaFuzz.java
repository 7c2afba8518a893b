package dev.bookend.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.grammar.Grammar;
import dev.bookend.grammar.SchemaException;

/** A schema that answers are to fit. */
public final class SchemaFuzz {
  private SchemaFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, SchemaFuzz::read);
  }

  private static void read(byte[] input) {
    try {
      Grammar.ofJsonSchema(new String(input, UTF_8)).accepts("{\"a\":[1,\"b\"]}");
    } catch (SchemaException e) {
      // The schema is refused, which is well.
    }
  }
}
