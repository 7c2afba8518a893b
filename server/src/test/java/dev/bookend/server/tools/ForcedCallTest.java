package dev.bookend.server.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.grammar.Grammar;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call that must come may be. Quotes are written as apostrophes. */
class ForcedCallTest {
  private static Grammar grammar(String... schemas) {
    StringBuilder tools = new StringBuilder();
    for (int i = 0; i < schemas.length; i++) {
      tools.append(i == 0 ? "" : ",").append("{'type':'function','function':{'name':'f");
      tools.append(i).append("','parameters':").append(schemas[i]).append("}}");
    }
    Parameters parameters =
        Parameters.parse(json("{'tool_choice':'required','tools':[" + tools + "]}"));
    return ToolChoice.read(parameters, ToolList.read(parameters)).call().orElseThrow().grammar();
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }

  private static String call(int tool, String arguments) {
    return json("{'name':'f" + tool + "','arguments':" + arguments + "}");
  }

  /** What an answer may be where a tool may be called and a format is asked for. */
  private static Grammar either(String tool, String format) {
    Parameters parameters =
        Parameters.parse(
            json(
                "{'tools':[{'type':'function','function':{'name':'f0','parameters':"
                    + tool
                    + "}}]}"));
    Parameters schema = Parameters.parse(json("{'schema':" + format + "}"));
    return ToolChoice.callOr(
            ToolList.read(parameters),
            AnswerGrammar.ofSchema("response_format", schema.element("schema").orElseThrow()))
        .grammar();
  }

  @Test
  void anAnswerWithAFormatMayCallAToolInstead() {
    Grammar grammar =
        either(
            "{'properties':{'a':{'$ref':'#/$defs/x'}},'$defs':{'x':{'const':1}}}",
            "{'type':'object','properties':{'b':{'$ref':'#/$defs/x'}},'required':['b'],"
                + "'additionalProperties':false,'$defs':{'x':{'const':2}}}");
    assertTrue(grammar.accepts(json("{'b':2}")));
    assertTrue(grammar.accepts(call(0, "{'a':1}")));
    assertFalse(grammar.accepts(json("{'b':1}")));
    assertFalse(grammar.accepts(call(0, "{'a':2}")));
    assertFalse(grammar.accepts(call(1, "{'a':1}")));
  }

  @Test
  void aFormatThatIsRefusedBesideToolsIsNamed() {
    ApiException refusal =
        assertThrows(ApiException.class, () -> either("{}", "{'type':'object','not':{}}"));
    assertEquals("response_format", refusal.parameter().orElseThrow());
  }

  @Test
  void referencesAreIntoTheToolsOwnSchema() {
    Grammar grammar =
        grammar(
            "{'type':'object','properties':{'a':{'$ref':'#/$defs/x'}},'$defs':{'x':{'const':1}}}",
            "{'type':'object','properties':{'a':{'$ref':'#/$defs/x'}},'$defs':{'x':{'const':2}}}",
            "{'$id':'https://a.b/c','type':'object','properties':{'a':{'$ref':'#/$defs/x'}},"
                + "'$defs':{'x':{'const':3}}}");
    for (int tool = 0; tool < 3; tool++) {
      for (int value = 1; value <= 3; value++) {
        assertEquals(
            value == tool + 1,
            grammar.accepts(call(tool, "{'a':" + value + "}")),
            tool + ", " + value);
      }
    }
  }

  @Test
  void aSchemaThatRefersToItselfMeansTheArguments() {
    Grammar grammar =
        grammar(
            "{'type':'object','properties':{'next':{'$ref':'#'}},'additionalProperties':false}");
    assertTrue(grammar.accepts(call(0, "{'next':{'next':{}}}")));
    assertFalse(grammar.accepts(call(0, "{'next':" + call(0, "{}") + "}")));
  }

  @Test
  void aNullInASchemaIsAValue() {
    Grammar grammar = grammar("{'type':'object','properties':{'a':{'const':null}}}");
    assertTrue(grammar.accepts(call(0, "{'a':null}")));
    assertFalse(grammar.accepts(call(0, "{'a':1}")));
  }

  @Test
  void aNumberThatNoDoubleCanBeIsRefusedWithTheTools() {
    ApiException refusal =
        assertThrows(
            ApiException.class,
            () -> grammar("{'type':'object','properties':{'a':{'maximum':1e99999}}}"));
    assertEquals(400, refusal.status());
    assertEquals("tools[0].function.parameters", refusal.parameter().orElseThrow());
  }

  @Test
  void aRefusalNamesTheToolAndThePlaceInItsSchema() {
    ApiException refusal =
        assertThrows(
            ApiException.class,
            () -> grammar("{}", "{'type':'object','properties':{'a':{'not':{}}}}"));
    assertEquals("tools[1].function.parameters", refusal.parameter().orElseThrow());
    assertTrue(refusal.getMessage().contains("#/properties/a"), refusal.getMessage());
  }

  @Test
  void aToolWithoutParametersTakesNone() {
    Parameters parameters =
        Parameters.parse(
            json(
                "{'tool_choice':'required','tools':[{'type':'function','function':{'name':'f0'}}]}"));
    Grammar grammar =
        ToolChoice.read(parameters, ToolList.read(parameters)).call().orElseThrow().grammar();
    assertTrue(grammar.accepts(call(0, "{}")));
    assertFalse(grammar.accepts(call(0, "{'a':1}")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{'description':'anything'}", "{'additionalProperties':true}"})
  void argumentsAreAnObjectWhateverTheSchemaLeavesOpen(String schema) {
    Grammar grammar = grammar(schema);
    assertTrue(grammar.accepts(call(0, "{}")));
    assertTrue(grammar.accepts(call(0, "{'a':[1]}")));
    assertFalse(grammar.accepts(call(0, "5")));
    assertFalse(grammar.accepts(call(0, "'a'")));
  }
}
