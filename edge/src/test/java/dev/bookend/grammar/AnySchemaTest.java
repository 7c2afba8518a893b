package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Any JSON at all, taken as a schema, is compiled or refused; and what is compiled is held. */
class AnySchemaTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long MOST_NANOS = 5_000_000_000L;
  private static final long MOST_BYTES = 400L << 20;

  private static final List<String> KEYWORDS =
      List.of(
          "type",
          "enum",
          "const",
          "anyOf",
          "oneOf",
          "allOf",
          "$ref",
          "$id",
          "$defs",
          "nullable",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "uniqueItems",
          "not",
          "a");

  private static final List<String> TEXTS =
      List.of(
          "a",
          "",
          "integer",
          "string",
          "object",
          "array",
          "number",
          "null",
          "boolean",
          "date",
          "uuid",
          "^a+$",
          "[^a-",
          "(a|b){2,3}",
          "\\d",
          "\\",
          "[\\",
          "a{",
          "(?<",
          "\\u",
          "\\ud83d",
          "^$|^",
          "😀",
          "\ud83d",
          "#",
          "#/",
          "#/$defs/a",
          "#/properties/a",
          "#/%",
          "~1",
          "\u0000");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "1",
          "2",
          "-1",
          "0.5",
          "1e2",
          "1E-2",
          "1.0",
          "1e99999",
          "1e-99999",
          "-1e99999999999",
          "1e2147483647",
          "123456789012345678901234567890",
          "1e999",
          "1e-999",
          "0e9999999999",
          "1e-2147483648");

  /** What the validator does not know, reads otherwise or cannot read. */
  private static final List<String> UNLIKE = List.of("$ref", "$id", "nullable", "1e999", "1e-999");

  private static String any(Random random, int depth, boolean schema) {
    int kind = schema && random.nextInt(10) > 0 ? 0 : random.nextInt(7);
    return switch (depth == 0 ? 2 + random.nextInt(5) : kind) {
      case 0 -> object(random, depth);
      case 1 -> "[" + values(random, depth, random.nextInt(3), schema) + "]";
      case 2 -> some(random, NUMBERS);
      case 3 -> "null";
      case 4 -> Boolean.toString(random.nextBoolean());
      default -> JsonText.quote(some(random, TEXTS));
    };
  }

  private static <T> T some(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static String object(Random random, int depth) {
    return IntStream.range(0, random.nextInt(5))
        .mapToObj(i -> some(random, KEYWORDS))
        .distinct()
        .map(keyword -> "\"" + keyword + "\":" + value(random, keyword, depth - 1))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String values(Random random, int depth, int count, boolean schemas) {
    return IntStream.range(0, count)
        .mapToObj(i -> any(random, depth - 1, schemas))
        .collect(Collectors.joining(","));
  }

  /** Mostly what the keyword takes. */
  private static String value(Random random, String keyword, int depth) {
    if (random.nextInt(12) == 0 || depth <= 0) {
      return any(random, Math.max(0, depth), false);
    }
    return switch (keyword) {
      case "enum", "required" -> "[" + values(random, depth, random.nextInt(4), false) + "]";
      case "anyOf", "oneOf", "allOf", "prefixItems" ->
          "[" + values(random, depth, 1 + random.nextInt(3), true) + "]";
      case "items", "additionalProperties", "not", "a" -> any(random, depth, true);
      case "properties", "$defs" ->
          "{\"a\":" + any(random, depth, true) + ",\"$id\":" + any(random, depth, true) + "}";
      case "type", "pattern", "format", "$ref", "$id" -> JsonText.quote(some(random, TEXTS));
      case "const" -> any(random, depth, false);
      case "nullable", "uniqueItems" -> Boolean.toString(random.nextBoolean());
      default -> some(random, NUMBERS);
    };
  }

  @Property(tries = 400)
  void isCompiledOrRefusedSoon(@ForAll long seed) {
    String schema = any(new Random(seed), 4, true);
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    Optional<Grammar> grammar = Optional.empty();
    try {
      grammar = Optional.of(Grammar.ofJsonSchema(schema));
    } catch (SchemaException e) {
      assertTrue(e.pointer().startsWith("#"), e.pointer());
    }
    assertTrue(THREADS.getCurrentThreadCpuTime() - nanos < MOST_NANOS, schema);
    assertTrue(THREADS.getCurrentThreadAllocatedBytes() - bytes < MOST_BYTES, schema);
    grammar.ifPresent(known -> answersFit(known, schema, new Random(seed)));
  }

  private static void answersFit(Grammar grammar, String schema, Random random) {
    TokenVocabulary vocabulary = Vocabularies.of("byte-level");
    Optional<List<Integer>> answer =
        RandomAnswer.of(grammar.rules(vocabulary), vocabulary, Vocabularies.END, 200, random);
    if (answer.isPresent() && UNLIKE.stream().noneMatch(schema::contains)) {
      String text = Vocabularies.text(vocabulary, answer.get());
      Validator validator;
      try {
        validator = new Validator(JsonParser.parseString(schema));
      } catch (com.networknt.schema.SchemaException e) {
        return; // it takes no pattern that is none, not even where no string can be
      }
      assertEquals(List.of(), validator.errors(text), () -> schema + " gave " + text);
    }
  }
}
