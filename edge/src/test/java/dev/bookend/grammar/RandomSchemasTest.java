package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.grammar.RandomSchema.Made;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/** Whatever the schema and whatever a model would like to say, its answers fit. */
class RandomSchemasTest {
  private static final int MOST_TOKENS = 600;

  private static int answers;
  private static int complete;

  @AfterContainer
  static void mostAnswersComeToAnEnd() {
    assertTrue(complete > answers * 0.9, complete + " of " + answers);
  }

  @Property(tries = 150)
  void answersFitAndValuesThatFitAreAccepted(@ForAll long seed, @ForAll boolean pieces) {
    Made made = RandomSchema.of(seed);
    String name = made.schema().toString();
    Grammar grammar = Grammar.ofJsonSchema(made.schema());
    Validator validator = new Validator(made.schema());
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      String value = made.value().apply(3);
      assertEquals(List.of(), validator.errors(value), () -> "the test's own: " + name + value);
      assertTrue(grammar.accepts(value), () -> name + " accepts " + value);
    }
    TokenVocabulary vocabulary = Vocabularies.of(pieces ? "byte-fallback" : "byte-level");
    Optional<List<Integer>> answer =
        RandomAnswer.of(
            grammar.rules(vocabulary), vocabulary, Vocabularies.END, MOST_TOKENS, random);
    answers++;
    if (answer.isPresent()) {
      complete++;
      String text = Vocabularies.text(vocabulary, answer.get());
      assertEquals(List.of(), validator.errors(text), () -> name + " gave " + text);
      assertTrue(grammar.accepts(text), () -> name + " accepts " + text);
    }
  }
}
