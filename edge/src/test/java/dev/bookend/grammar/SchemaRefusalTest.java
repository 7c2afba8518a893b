package dev.bookend.grammar;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.TokenRules;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Schemas that are not held are refused, and say where and why. */
class SchemaRefusalTest {
  private static SchemaException refused(String schema) {
    return assertThrows(SchemaException.class, () -> Grammar.ofJsonSchema(schema));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'type':'object','properties':{'a/b':{'uniqueItems':true}}};"
            + "#/properties/a~1b/uniqueItems; the keyword \"uniqueItems\" is not supported",
        "{'items':{'patternProperties':{}}}; #/items/patternProperties; patternProperties",
        "{'not':{}}; #/not; \"not\"",
        "{'type':'strin'}; #/type; there is no type \"strin\"",
        "{'type':'string','format':'phone'}; #/format; \"phone\"",
        "{'type':'string','pattern':'(?=a)b'}; #/pattern; \"(?=\"",
        "{'type':'string','pattern':'(a)\\\\1'}; #/pattern; \"\\1\"",
        "{'type':'string','pattern':'a{2'}; #/pattern; repetition",
        "{'type':'string','minLength':-1}; #/minLength; whole number",
        "{'type':'string','minLength':'1'}; #/minLength; must be a number",
        "{'type':'number','multipleOf':1e-30}; #/multipleOf; decimal places",
        "{'type':'number','minimum':1e2000}; #/minimum; too large",
        "{'type':'integer','multipleOf':0}; #/multipleOf; above 0",
        "{'enum':[1],'multipleOf':0}; #/multipleOf; above 0",
        "{'enum':['a',{'b':[1e99999]}]}; #/enum/1/b/0; too large",
        "{'minimum':1e99999999999}; #/minimum; too large",
        "{'const':1e2000000000,'multipleOf':3}; #/const; too large",
        "{'type':'string','enum':[]}; #; no value fits",
        "{'type':'array','minItems':2,'maxItems':1}; #; no value fits",
        "{'required':['a'],'additionalProperties':false}; #; no value fits",
        "{'allOf':[{'type':'string'},{'type':'integer'}]}; #; no value fits",
        "false; #; no value fits",
        "{'anyOf':[]}; #; no value fits",
        "{'$ref':'other.json'}; #/$ref; same schema",
        "{'$ref':'#/$defs/x'}; #/$ref; nothing at",
        "{'oneOf':[{'type':'integer'},{'type':'number'}]}; #/oneOf; exclude each other",
        "{'type':'array','items':[{}]}; #/items; prefixItems",
        "{'type':'object','properties':{'a':false},'required':['a']}; #; no value fits",
        "{'type':'integer','minimum':3,'maximum':2}; #; no value fits",
        "{'type':'integer','enum':['a']}; #; no value fits",
        "{'anyOf':[{'$ref':'#'}]}; #; no value fits",
        "{'type':'array','minItems':1,'items':{'$ref':'#'}}; #; no value fits",
        "{'properties':[]}; #/properties; must be an object",
        "{'allOf':[1]}; #/allOf/0; there is no schema",
        "[]; #; a schema is an object",
        "{'a; #; not JSON",
        "{} {}; #; not JSON",
      })
  void refusesByName(String schema, String pointer, String why) {
    SchemaException refusal = refused(schema.replace('\'', '"'));
    assertEquals(pointer, refusal.pointer());
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  private static void refusedSoon(String schema) {
    Assertions.assertTimeoutPreemptively(Duration.ofMinutes(1), () -> refused(schema));
  }

  @Test
  void refusesWhatWouldTakeTooLong() {
    refusedSoon("[".repeat(100_000));
    refusedSoon("{\"items\":".repeat(120) + "{}" + "}".repeat(120));
    refusedSoon("{\"type\":\"string\",\"pattern\":\"((a{1000}){1000}){1000}\"}");
    refusedSoon("{\"type\":\"string\",\"pattern\":\"" + "(".repeat(60) + ")".repeat(60) + "\"}");
    refusedSoon("{\"type\":\"string\",\"pattern\":\"(((a{0}){10000}){10000}){10000}\"}");
    refusedSoon("{\"type\":\"string\",\"pattern\":\"a{1000}\",\"maxLength\":100000}");
    String either = "{\"anyOf\":[{\"minimum\":1},{\"minimum\":2},{\"minimum\":3}]}";
    refusedSoon("{\"allOf\":[" + (either + ",").repeat(30) + either + "]}");
    String many =
        IntStream.range(0, 400).mapToObj(i -> "{\"minItems\":" + i + "}").collect(joining(","));
    refusedSoon("{\"oneOf\":[" + many + "]}");
    // Each level merges in two ways, so there would be 2^40 sets of schemas.
    StringBuilder defs = new StringBuilder("\"d40\":{}");
    for (int i = 0; i < 40; i++) {
      String next = "{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}";
      defs.append(
          ",\"d" + i + "\":{\"anyOf\":[{\"items\":" + next + "},{\"items\":" + next + "}]}");
    }
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> Grammar.ofJsonSchema("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + defs + "}}"));
  }

  @Test
  void whatIsLargeButAllowedIsCompiledSoon() {
    String items = "{\"type\":\"null\"},".repeat(20_000) + "{}";
    String values =
        IntStream.range(0, 20_000).mapToObj(i -> "\"v" + i + "\"").collect(joining(","));
    String names =
        IntStream.range(0, 5_000).mapToObj(i -> "\"n" + i + "\":{}").collect(joining(","));
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          try {
            Grammar.ofJsonSchema("{\"type\":\"array\",\"prefixItems\":[" + items + "]}");
          } catch (SchemaException e) {
            // 20,000 places are more than there may be.
          }
          Grammar.ofJsonSchema("{\"enum\":[" + values + "],\"pattern\":\"^v\\\\d{1,9}$\"}");
          Grammar.ofJsonSchema("{\"properties\":{" + names + "}}");
        });
  }

  @Test
  void aPatternWithVeryManyStatesTakesTokensByteByByte() {
    Grammar grammar = Grammar.ofJsonSchema("{\"type\":\"string\",\"pattern\":\"^.*a.{900}$\"}");
    TokenRules rules = grammar.rules(Vocabularies.of("byte-level"));
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      Allowed allowed = rules.edit().allowed().orElseThrow();
      int token = allowed.next(random.nextInt(Vocabularies.SIZE));
      rules = rules.after(token < 0 ? allowed.next(0) : token);
    }
  }

  @Test
  void followsAsManyWaysAsItMayWhereASchemaHasExponentiallyMany() {
    Grammar grammar =
        Grammar.ofJsonSchema(
            "{\"$defs\":{\"a\":{\"anyOf\":["
                + IntStream.range(2, 12)
                    .mapToObj(
                        i ->
                            "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/a\"},\"maxItems\":"
                                + i
                                + "}")
                    .collect(joining(","))
                + "]}},\"$ref\":\"#/$defs/a\"}");
    assertTrue(grammar.accepts("[".repeat(20) + "]".repeat(20)));
    TokenMasksTest.compare(grammar, "byte-level", new Random(1));
  }
}
