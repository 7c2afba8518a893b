package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.TextModel;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.SampleModel;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.split.SplitOptions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers of the sample model that are held to schemas, through the front door. */
class StructuredAnswersIT {
  private record Question(String text, double temperature, String schema) {}

  private static final List<Question> QUESTIONS =
      List.of(
          new Question(
              "Describe the planet Mars as JSON with name, moons and colour.",
              0,
              "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":20},"
                  + "\"moons\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":100},"
                  + "\"colour\":{\"enum\":[\"red\",\"green\",\"blue\"]}},"
                  + "\"required\":[\"name\",\"moons\",\"colour\"],\"additionalProperties\":false}"),
          new Question(
              "Give me three fruits with their prices and the day of the delivery.",
              0,
              "{\"type\":\"object\",\"properties\":{\"fruits\":{\"type\":\"array\",\"minItems\":3,"
                  + "\"maxItems\":3,\"items\":{\"$ref\":\"#/$defs/fruit\"}},"
                  + "\"day\":{\"type\":\"string\",\"format\":\"date\"}},"
                  + "\"required\":[\"fruits\",\"day\"],\"additionalProperties\":false,"
                  + "\"$defs\":{\"fruit\":{\"type\":\"object\",\"properties\":{"
                  + "\"name\":{\"type\":\"string\",\"pattern\":\"^[a-z]{3,10}$\"},"
                  + "\"price\":{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":10}},"
                  + "\"required\":[\"name\",\"price\"]}}}"),
          new Question(
              "Is water wet? Say so and how sure you are.",
              1,
              "{\"anyOf\":[{\"type\":\"boolean\"},{\"type\":\"object\",\"properties\":{"
                  + "\"answer\":{\"type\":\"boolean\"},\"sure\":{\"type\":[\"number\",\"null\"],"
                  + "\"minimum\":0,\"maximum\":1}},\"required\":[\"answer\",\"sure\"]}]}"));

  private static Bookend sequential;
  private static Bookend speculative;

  @BeforeAll
  static void open() {
    BookendOptions options = BookendOptions.of("smollm2");
    speculative = Bookend.of(TextModel.open(SampleModel.open(), SplitOptions.DEFAULT), options);
    sequential =
        Bookend.of(TextModel.open(SampleModel.open(), SplitOptions.DEFAULT), options.sequential());
  }

  @AfterAll
  static void close() {
    sequential.close();
    speculative.close();
  }

  private static Completion complete(Bookend bookend, CompletionRequest request, Grammar grammar) {
    return bookend.complete(request.withRules(grammar.rules(bookend.model().vocabulary())));
  }

  @Test
  void answersFitTheirSchemasAndSpeculationChangesNothing() {
    for (Question question : QUESTIONS) {
      Grammar grammar = Grammar.ofJsonSchema(question.schema);
      Validator validator = new Validator(JsonParser.parseString(question.schema));
      CompletionRequest request =
          CompletionRequest.chat(question.text)
              .withSampling(new Sampling(question.temperature, 0, 1, 5))
              .withMaxTokens(150);
      Completion expected = complete(sequential, request, grammar);
      Completion actual = complete(speculative, request, grammar);
      SameAnswers.differ(expected, actual);
      for (Completion completion : List.of(expected, actual)) {
        assertEquals(FinishReason.STOP, completion.finishReason(), completion.text());
        assertEquals(List.of(), validator.errors(completion.text()), completion.text());
      }
    }
  }

  @Test
  void anyObjectIsTheBeginningOfOneWhereTokensAreTooFew() {
    CompletionRequest request =
        CompletionRequest.chat("Tell me about bees, in JSON.").withMaxTokens(25);
    Completion expected = complete(sequential, request, Grammar.jsonObject());
    Completion actual = complete(speculative, request, Grammar.jsonObject());
    SameAnswers.differ(expected, actual);
    assertTrue(actual.text().strip().startsWith("{"), actual.text());
    if (actual.finishReason() == FinishReason.STOP) {
      assertTrue(Grammar.jsonObject().accepts(actual.text()), actual.text());
    }
  }
}
