package dev.bookend.server.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.server.tools.ParsedAnswer.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts as models write them, in pieces of any size. */
class AnswerParserTest {
  private static final String QWEN =
      "Let me look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n"
          + "</tool_call>\n<tool_call>\n{\"arguments\":{\"a\":[1,\"}\"]},\"name\":\"sum\"}\n</tool_call>";

  private static AnswerShape shape(ToolForm form, boolean single) {
    return new AnswerShape(Optional.of(form), Set.of("weather", "sum"), single, false, false);
  }

  private static AnswerShape thinking(boolean opened) {
    return new AnswerShape(Optional.of(ToolForm.HERMES), Set.of("weather"), false, true, opened);
  }

  /** Calls as name and arguments, without the ids. */
  private static String calls(ParsedAnswer answer) {
    return answer.calls().stream()
        .map(call -> call.name() + call.arguments())
        .collect(Collectors.joining("|"));
  }

  /** What a client has who puts a stream's parts together. */
  private static ParsedAnswer streamed(AnswerShape shape, String text, int size) {
    AnswerParser parser = new AnswerParser(shape);
    List<AnswerPart> parts = new ArrayList<>();
    for (int i = 0; i < text.length(); i += size) {
      parts.addAll(parser.add(text.substring(i, Math.min(text.length(), i + size))));
    }
    parts.addAll(parser.finish());
    StringBuilder content = new StringBuilder();
    StringBuilder reasoning = new StringBuilder();
    List<Call> calls = new ArrayList<>();
    for (AnswerPart part : parts) {
      if (part instanceof AnswerPart.Text more) {
        content.append(more.text());
      } else if (part instanceof AnswerPart.Reasoning more) {
        reasoning.append(more.text());
      } else if (part instanceof AnswerPart.CallBegin begin) {
        assertEquals(calls.size(), begin.index());
        calls.add(new Call(begin.id(), begin.name(), ""));
      } else if (part instanceof AnswerPart.CallArguments more) {
        Call call = calls.get(more.index());
        calls.set(more.index(), new Call(call.id(), call.name(), call.arguments() + more.json()));
      } else if (part instanceof AnswerPart.CallBroken broken) {
        content.append(broken.untold());
      }
    }
    return new ParsedAnswer(content.toString(), reasoning.toString(), calls);
  }

  private static void assertParsed(AnswerShape shape, String text, String content, String calls) {
    ParsedAnswer whole = ParsedAnswer.of(shape, text);
    assertEquals(content, whole.text());
    assertEquals(calls, calls(whole));
    for (int size = 1; size <= text.length(); size += size > 8 ? 7 : 1) {
      ParsedAnswer streamed = streamed(shape, text, size);
      assertEquals(content, streamed.text(), "pieces of " + size);
      assertEquals(calls, calls(streamed), "pieces of " + size);
    }
  }

  @Test
  void qwensCallsAreFoundWithTheTextBeforeThem() {
    String calls = "weather{\"city\": \"Rome\"}|sum{\"a\":[1,\"}\"]}";
    assertParsed(shape(ToolForm.HERMES, false), QWEN, "Let me look.", calls);
    assertParsed(shape(ToolForm.HERMES, false), QWEN + "\n Done.", "Let me look.\n Done.", calls);
  }

  @Test
  void anAnswerThatMayHaveOneCallEndsBehindIt() {
    assertParsed(shape(ToolForm.HERMES, true), QWEN, "Let me look.", "weather{\"city\": \"Rome\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "[TOOL_CALLS] [{\"name\": \"sum\", \"arguments\": {\"a\": 1}, \"id\": \"abc123abc\"}] ~ sum{\"a\": 1}",
        "[TOOL_CALLS] [{\"name\": \"sum\", \"arguments\": {}}, {\"name\": \"weather\", \"arguments\": {\"b\": {\"c\": \"]\"}}}] ~ sum{}|weather{\"b\": {\"c\": \"]\"}}",
        "[TOOL_CALLS]sum[ARGS]{\"a\": 1} ~ sum{\"a\": 1}",
        "[TOOL_CALLS]sum[CALL_ID]abc123abc[ARGS]{\"a\": 1}[TOOL_CALLS]weather[ARGS]{} ~ sum{\"a\": 1}|weather{}",
        "[TOOL_CALLS]sum{\"a\": 1} ~ sum{\"a\": 1}",
      })
  void mistralsCallsAreFound(String text, String calls) {
    assertParsed(shape(ToolForm.MISTRAL, false), text, "", calls);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{\"name\": \"sum\", \"parameters\": {\"a\": 1}} ~ sum{\"a\": 1}",
        "{\"type\": \"function\", \"name\": \"sum\", \"parameters\": {\"a\": 1}} ~ sum{\"a\": 1}",
        "<|python_tag|>{\"name\": \"sum\", \"parameters\": {\"a\": 1}} ~ sum{\"a\": 1}",
        "{\"name\": \"sum\", \"parameters\": {}}; {\"name\": \"weather\", \"parameters\": {\"a\": \"\\\"}\"}} ~ sum{}|weather{\"a\": \"\\\"}\"}",
        "{\"name\": \"sum\", \"parameters\": \"{\\\"a\\\":1}\"} ~ sum{\"a\":1}",
        "<|python_tag|>{\"name\": \"sum\", \"parameters\": null, \"n\": 12} ~ sum{}",
      })
  void llamasCallsAreFound(String text, String calls) {
    assertParsed(shape(ToolForm.LLAMA, false), text, "", calls);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\": \"Bob\", \"age\": 7}",
        "{\"name\": \"sum\"}",
        "{\"name\": \"no such tool\", \"parameters\": {}}",
        "{not JSON",
        "  {}",
        "{\"name\": \"sum\", \"par",
        "a {\"name\": \"sum\", \"parameters\": {\"a\": 1}}",
        "<|python_tag|>brave.call(query=\"x\")",
        "a < b <|pyth",
        "  two spaces before and after  ",
        "{{{",
      })
  void whatIsNoCallOfLlamaIsTextToTheLastLetter(String text) {
    assertParsed(shape(ToolForm.LLAMA, false), text, text, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I think \n<tool_call>\n{\"name\": ",
        "<tool_call>",
        "<tool_call><",
        "<tool_call>{\"name\": 1}</tool_call> so",
        "<tool_call>{\"name\" \"x\"}",
        "<tool_call>{\"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": \"sum\", \"arguments\": 7}</tool_call>",
        "a <tool_cal",
        "a <tool_call> b <tool_call> c",
        "[TOOL_CALLS] {}",
      })
  void aHalfOrBrokenCallIsTextToTheLastLetter(String text) {
    assertParsed(shape(ToolForm.HERMES, false), text, text, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[TOOL_CALLS]",
        "[TOOL_CALLS] []",
        "[TOOL_CALLS] [{\"name\": \"sum\", ",
        "[TOOL_CALLS]sum",
        "[TOOL_CALLS]sum[AR",
        "[TOOL_CALLS]sum[IMG]{}",
        "[TOOL_CALLS]sum[ARGS] none",
        "[TOOL_CALLS]sum of two",
      })
  void aHalfOrBrokenCallOfMistralIsTextToTheLastLetter(String text) {
    assertParsed(shape(ToolForm.MISTRAL, false), text, text, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"sum\"",
        "<tool_call>{\"name\": \"sum\", \"arguments\": {\"a\": 1",
        "<tool_call>{\"name\": \"sum\", \"arguments\": {\"a\": }}</tool_call>",
        "<tool_call>{\"name\": \"sum\", \"arguments\": {}, \"arguments\": {}}</tool_call>",
      })
  void aCallThatBreaksAfterItWasToldIsTextInTheWholeAndLosesNothingInAStream(String text) {
    AnswerShape shape = shape(ToolForm.HERMES, false);
    ParsedAnswer whole = ParsedAnswer.of(shape, text);
    assertEquals(text, whole.text());
    assertEquals(List.of(), whole.calls());
    for (int size = 1; size < text.length(); size++) {
      ParsedAnswer streamed = streamed(shape, text, size);
      String arguments = calls(streamed).replaceFirst("^sum", "");
      assertTrue(text.endsWith(arguments + streamed.text()), streamed.toString());
    }
  }

  @Test
  void aBrokenCallBeforeAWholeOneHidesNothing() {
    assertParsed(
        shape(ToolForm.HERMES, false),
        "<tool_call>oh <tool_call>{\"name\":\"sum\",\"arguments\":{}}</tool_call>",
        "<tool_call>oh",
        "sum{}");
  }

  @Test
  void argumentsComeAsTheModelWritesThem() {
    AnswerParser parser = new AnswerParser(shape(ToolForm.HERMES, false));
    assertEquals(List.of(), parser.add("<tool_call>{\"name\": \"sum\", \"arguments\": "));
    List<AnswerPart> first = parser.add("{\"a\": ");
    assertEquals(2, first.size());
    assertEquals(new AnswerPart.CallArguments(0, "{\"a\": "), first.get(1));
    assertEquals(List.of(new AnswerPart.CallArguments(0, "1}")), parser.add("1}"));
    assertEquals(List.of(new AnswerPart.CallEnd(0)), parser.add("}"));
  }

  @ParameterizedTest
  @CsvSource({
    "'<think>\n\nHm, a\nb.\n</think>\n\nParis.', false, 'Hm, a\nb.', Paris.",
    "'Hm.\n</think>\n\nParis.', true, Hm., Paris.",
    "'Paris < Rome.', false, '', 'Paris < Rome.'",
    "'<think>never en', false, 'never en', ''",
    "'never </thi', true, 'never </thi', ''",
    "'<think></think>Yes', false, '', Yes",
    "'<thin', false, '', '<thin'",
    "'Say <think>', false, '', 'Say <think>'",
  })
  void reasoningIsPartedFromTheAnswer(
      String text, boolean opened, String reasoning, String answer) {
    for (int size = 1; size <= text.length(); size++) {
      ParsedAnswer streamed = streamed(thinking(opened), text, size);
      assertEquals(answer, streamed.text());
      assertEquals(reasoning, streamed.reasoning());
    }
    assertEquals(
        new ParsedAnswer(answer, reasoning, List.of()), ParsedAnswer.of(thinking(opened), text));
  }

  @Test
  void aCallMayFollowReasoning() {
    assertParsed(
        thinking(true),
        "Look.</think>\n\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {}}\n</tool_call>",
        "",
        "weather{}");
  }

  @Test
  void idsAreNewAndOfTheKindThatTheModelsTemplateTakes() {
    assertNotEquals(ToolForm.HERMES.newId(), ToolForm.HERMES.newId());
    assertTrue(ToolForm.MISTRAL.newId().matches("[0-9A-Za-z]{9}"));
  }

  @ParameterizedTest
  @CsvSource({
    "'{% for tool in tools %}<tool_call>', HERMES",
    "'{{ \"[AVAILABLE_TOOLS]\" }}', MISTRAL",
    "'{{ \"<|python_tag|>\" }}', LLAMA",
  })
  void theFormIsInTheTemplate(String template, ToolForm form) {
    assertEquals(Optional.of(form), ToolForm.of(template));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ tools }}", "<tool_call>\n<function=name>"})
  void anUnknownFormIsNone(String template) {
    assertEquals(Optional.empty(), ToolForm.of(template));
  }
}
