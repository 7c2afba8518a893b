package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What grammars accept. Quotes are written as apostrophes. */
class GrammarTest {
  private static String json(String text) {
    return text.replace('\'', '"');
  }

  private static Grammar grammar(String schema) {
    return Grammar.ofJsonSchema(json(schema));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'a':1}",
        "{'a':[true,null,{'a':-0.5e-3}],'b':'\\u00e9 \\ud83d\\ude00 \\n'}",
        " {'a': 1, 'b': 2}",
        " {\n  'a': [\n    1,\n    {}\n  ]\n}",
        "{'é€😀':''}"
      })
  void anyObjectIsAnObject(String text) {
    assertTrue(Grammar.jsonObject().accepts(json(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "{",
        "{} ",
        "{'a':1,}",
        "{'a':1 ,'b':2}",
        "{'a':1,'a':2}",
        "{'a':01}",
        "{'a':1.}",
        "{'a':'\\ud83d'}",
        "{'a':'\\ude00'}",
        "{'a':'\\x'}",
        "{'a':'\t'}",
        "{\n\n'a':1}",
        "{'a':nul}",
        "{a:1}"
      })
  void anythingElseIsNot(String text) {
    assertFalse(Grammar.jsonObject().accepts(json(text)));
  }

  @Test
  void objectsAreNestedToALimit() {
    String open = "{\"a\":".repeat(31);
    assertTrue(Grammar.jsonObject().accepts(open + "{}" + "}".repeat(31)));
    assertFalse(Grammar.jsonObject().accepts(open + "{\"a\":{}}" + "}".repeat(31)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'type':'integer','minimum':3,'maximum':12}; 3 4 9 10 12; 2 13 03 1 -3 3.0 3e0 120",
        "{'type':'integer','exclusiveMinimum':-3,'exclusiveMaximum':2.5}; -2 0 2; -3 3 -0 -1.0",
        "{'type':'integer','multipleOf':7,'minimum':-14}; -14 -7 0 7 7000007; 1 -8 -21 70000071",
        "{'type':'integer','multipleOf':2.5}; 0 5 10 -5; 1 2 4",
        "{'type':'number','minimum':0.5,'maximum':1.25}; 0.5 1 1.0 1.25 0.999; 0.4 1.26 2 -1 1e0",
        "{'type':'number','multipleOf':0.25,'minimum':0}; 0 0.25 1.50 2; 0.3 -1 0.251",
        "{'type':'number'}; 1 -1.5 0.1e5 1E-9 0; 01 .5 1. +1 1e 1e999",
        "{'type':'string','minLength':2,'maxLength':3}; 'ab' 'abc' '😀é' '\\u00e9\\n'; 'a' 'abcd'",
        "{'type':'string','pattern':'^a+$'}; 'a' 'aa' '\\u0061'; 'ab' '' '\\u0062'",
        "{'type':'string','pattern':'b','maxLength':3}; 'b' 'abc'; 'a' 'aaab' 'aaa'",
        "{'type':'string','pattern':'^(ab)*$','minLength':3}; 'abab'; 'ab' 'aba'",
        "{'type':'string','format':'date','pattern':'^2'}; '2024-02-29'; '2023-02-29' '1999-01-01'",
        "{'type':'string','format':'ipv4'}; '1.2.3.4' '255.0.0.255'; '1.2.3' '256.1.1.1' '01.1.1.1'",
        "{'type':['string','null']}; 'a' null; 1 true",
        "{'type':'string','nullable':true}; 'a' null; 1",
        "{'enum':[1,'a',null,{'b':[1.50]}]}; 1 'a' null {'b':[1.5]}; 2 'b' true",
        "{'type':'string','enum':['x',1,'xy']}; 'x' 'xy'; 1 'y'",
        "{'const':12,'type':'integer','maximum':12}; 12; 1 123",
        "{'type':'array','items':{'type':'integer'},'minItems':1,'maxItems':2}; [1] [1,2]; [] [1,2,3]",
        "{'prefixItems':[{'const':1}],'items':false}; [] [1]; [2] [1,1]",
        "{'anyOf':[{'type':'integer'},{'const':'a'}]}; 1 'a'; 'b' null",
        "{'allOf':[{'minimum':3},{'type':'integer','maximum':4}]}; 3 4; 2 5",
        "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}},'required':['b']};"
            + "{'b':2} {'a':1,'b':2}; {} {'a':1} {'b':2,'a':1} {'b':2,'c':1}",
        "{'type':'object','properties':{'a':{'const':1}},'additionalProperties':{'const':2}};"
            + "{} {'a':1} {'b':2} {'a':1,'b':2,'c':2}; {'a':2} {'b':2,'b':2} {'b':2,'a':1}",
        "{'type':'object','required':['z']}; {'z':[]} {'z':1,'y':2}; {}",
        "{'$ref':'#/$defs/a~1b','$defs':{'a/b':{'const':1}}}; 1; 2",
        "{'properties':{'a':{'$id':'u:a','$ref':'#/$defs/b','$defs':{'b':{'const':1}}},"
            + "'b':{'$ref':'#/$defs/b'}},'$defs':{'b':{'const':2}}};"
            + "{'a':1} {'b':2} {'a':1,'b':2}; {'a':2} {'b':1}",
        "{'properties':{'a':{'$id':'T','type':'array','items':{'$ref':'T'}}}};"
            + "{'a':[]} {'a':[[],[[]]]}; {'a':[1]} {'a':[{}]}",
        "{'properties':{'$id':{'$ref':'#/$defs/b'}},'$defs':{'b':{'const':2}}}; {'$id':2}; {'$id':1}",
        "true; 1 {} []; x",
      })
  void schemasHold(String schema, String right, String wrong) {
    Grammar grammar = grammar(schema);
    for (String value : Splitter.on(' ').split(json(right))) {
      assertTrue(grammar.accepts(value), value);
    }
    for (String value : Splitter.on(' ').split(json(wrong))) {
      assertFalse(grammar.accepts(value), value);
    }
  }

  @Test
  void branchesThatExcludeEachOtherAreOneOf() {
    Grammar byTag =
        grammar(
            "{'oneOf':[{'type':'object','properties':{'t':{'const':'a'},'v':{}},'required':['v']},"
                + "{'type':'object','properties':{'t':{'const':'b'},'v':{}},'required':['v']}],"
                + "'discriminator':{'propertyName':'t'}}");
    assertTrue(byTag.accepts(json("{'t':'a','v':1}")));
    assertTrue(byTag.accepts(json("{'t':'b','v':1}")));
    assertFalse(byTag.accepts(json("{'v':1}")), "fits both");
    assertTrue(grammar("{'oneOf':[{'type':'integer'},{'type':'string'}]}").accepts("1"));
    Grammar expression =
        grammar(
            "{'$defs':{'e':{'oneOf':[{'type':'integer'},{'type':'object','properties':{"
                + "'op':{'const':'+'},'l':{'$ref':'#/$defs/e'},'r':{'$ref':'#/$defs/e'}},"
                + "'required':['op','l','r']},{'type':'object','properties':{'op':{'const':'-'},"
                + "'l':{'$ref':'#/$defs/e'}},'required':['op','l']}]}},'$ref':'#/$defs/e'}");
    assertTrue(expression.accepts(json("{'op':'+','l':{'op':'-','l':1},'r':2}")));
    assertFalse(expression.accepts(json("{'op':'-','l':{'op':'*','l':1}}")));
  }

  @Test
  void aValueThatRefersToItselfEndsAtTheLimitOfLevels() {
    Grammar list =
        grammar(
            "{'type':'object','properties':{'n':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},"
                + "'required':['n']}");
    assertTrue(list.accepts("{\"n\":".repeat(32) + "null" + "}".repeat(32)));
    assertFalse(list.accepts("{\"n\":".repeat(33) + "null" + "}".repeat(33)));
  }

  @Test
  void anObjectIsReadAsItsText() {
    String schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"null\"}}}";
    Grammar grammar = Grammar.ofJsonSchema(JsonParser.parseString(schema).getAsJsonObject());
    assertTrue(grammar.accepts("{\"a\":null}"));
    assertEquals(false, grammar.accepts("{\"a\":1}"));
  }
}
