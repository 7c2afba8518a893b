package dev.bookend.grammar;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.TokenRules;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * What an answer may be: JSON that fits a schema. A model whose tokens are chosen by {@link #rules}
 * says nothing else, and can always go on until the value is complete; only then, and then always,
 * it may end. An answer that is cut off before, because it has as many tokens as it may have, is
 * the beginning of such a value.
 *
 * <pre>{@code
 * Grammar grammar = Grammar.ofJsonSchema("{\"type\": \"object\", ...}");
 * CompletionRequest request =
 *     CompletionRequest.chat("...").withRules(grammar.rules(bookend.model().vocabulary()));
 * }</pre>
 *
 * <p>Of JSON Schema 2020-12 (and what 2019-09, draft 7 and OpenAPI 3.0 have in common with it)
 * these keywords are known: {@code type, enum, const, anyOf, oneOf, allOf, $ref, $defs,
 * definitions, nullable, properties, required, additionalProperties, items, prefixItems, minItems,
 * maxItems, minLength, maxLength, pattern, format, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, multipleOf}. Annotations are ignored. Anything else is refused, because it
 * would not be held; so is what is known but cannot be held exactly, such as {@code oneOf} whose
 * branches are not seen to exclude each other. docs/structured-output.md has the details.
 *
 * <p>Immutable, and safe for use by several threads.
 */
public final class Grammar {
  private final Stacks begin;
  private final BitSet literalBytes;
  private final long bytes;
  private final KnownStates known = new KnownStates();

  private Grammar(SchemaCompiler.Compiled compiled) {
    Frame value = compiled.root().begin(Node.DEEPEST, Space.INLINE);
    this.begin = Stacks.of(Stack.END.push(value));
    this.literalBytes = compiled.literalBytes();
    this.bytes = compiled.bytes() + KnownStates.MOST_BYTES;
  }

  /**
   * The values that a schema accepts. Properties come in the order in which the schema names them,
   * and others only where the schema says {@code additionalProperties}, or names none at all.
   *
   * @throws SchemaException if the schema has what is not known or accepts nothing, or is too large
   */
  public static Grammar ofJsonSchema(JsonObject schema) {
    SchemaReader.check(schema); // a copy is made by recursion
    return new Grammar(SchemaCompiler.compile(schema.deepCopy()));
  }

  /**
   * As {@link #ofJsonSchema(JsonObject)}.
   *
   * @param schema JSON
   */
  public static Grammar ofJsonSchema(String schema) {
    JsonElement json = SchemaReader.parse(schema);
    if (json instanceof JsonObject || (json instanceof JsonPrimitive flag && flag.isBoolean())) {
      return new Grammar(SchemaCompiler.compile(json));
    }
    throw new SchemaException("#", "a schema is an object");
  }

  /** Any JSON object. */
  public static Grammar jsonObject() {
    return ofJsonSchema("{\"type\": \"object\"}");
  }

  /**
   * The rules for an answer, from its first token on.
   *
   * @throws BookendException if the schema names something that the model cannot spell
   */
  public TokenRules rules(TokenVocabulary vocabulary) {
    if (!vocabulary.spells(literalBytes)) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          "the schema has names or values with characters that the model's tokenizer cannot spell");
    }
    return new GrammarRules(vocabulary, known, begin);
  }

  /** About the most bytes of memory that this comes to take. */
  long bytes() {
    return bytes;
  }

  /** Whether a text is such a value. */
  public boolean accepts(String text) {
    return begin.step(text.getBytes(StandardCharsets.UTF_8)).contains(Stack.END);
  }
}
