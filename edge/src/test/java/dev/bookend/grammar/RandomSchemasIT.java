package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.TextModel;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.SampleModel;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random schemas and prompts over a vocabulary of 49,152 tokens: what is said fits, and speculation
 * changes nothing of it. The system property {@code bookend.schemas} says how many the slow ones
 * try.
 */
class RandomSchemasIT {
  private static final int MANY = Integer.getInteger("bookend.schemas", 1_000);
  private static final int MOST_TOKENS = 150;
  private static final List<String> WORDS =
      List.of(
          "list",
          "river",
          "price",
          "of",
          "the",
          "my",
          "seven",
          "Brot",
          "JSON",
          "describe",
          "a",
          "who",
          "was",
          "and",
          "why",
          "café",
          "{",
          "\"name\":",
          "日本",
          "make",
          "it",
          "short",
          "?");

  /** Says anything, as quickly as the head over so many tokens allows. */
  private static Checkpoint random() {
    try (Checkpoint sample = SampleModel.open()) {
      ModelConfig config =
          new ModelConfig(
              Architecture.LLAMA,
              Set.of(),
              3,
              24,
              40,
              4,
              2,
              8,
              sample.config().vocabularySize(),
              4096,
              1e-5,
              new RotaryEmbedding(List.of(1.0, 0.1, 0.01, 0.001)),
              OptionalInt.empty(),
              sample.config().endTokens());
      return new RandomCheckpoint(7, config, sample.tokenizer());
    }
  }

  private static Bookend open(Checkpoint checkpoint, Split split, boolean speculative) {
    BookendOptions options = BookendOptions.of("sample");
    return Bookend.of(
        TextModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(split)),
        speculative ? options : options.sequential());
  }

  private static void check(Supplier<Checkpoint> model, Split split, int count) {
    int whole = 0;
    int different = 0;
    long start = System.nanoTime();
    try (Bookend sequential = open(model.get(), split, false);
        Bookend speculative = open(model.get(), split, true)) {
      for (int seed = 0; seed < count; seed++) {
        JsonObject schema = RandomSchema.of(seed).schema();
        Grammar grammar = Grammar.ofJsonSchema(schema);
        CompletionRequest request = request(seed);
        Completion expected = complete(sequential, request, grammar);
        Completion actual = complete(speculative, request, grammar);
        different += SameAnswers.differ(expected, actual) ? 1 : 0;
        if (seed % 100 == 99) {
          long seconds = (System.nanoTime() - start) / 1_000_000_000;
          System.out.printf("%d schemas in %d s%n", seed + 1, seconds);
        }
        for (Completion answer : List.of(expected, actual)) {
          if (answer.finishReason() == FinishReason.STOP) {
            whole++;
            String about = "seed " + seed + ": " + schema + " gave " + answer.text();
            assertEquals(List.of(), new Validator(schema).errors(answer.text()), about);
            assertTrue(grammar.accepts(answer.text()), about);
          } else {
            assertEquals(FinishReason.LENGTH, answer.finishReason());
          }
        }
      }
    }
    System.out.printf(
        "%d schemas: %d of %d answers are whole and fit, %d differ behind a near tie%n",
        count, whole, 2 * count, different);
    assertTrue(whole > count / 2, "few answers come to an end: " + whole);
  }

  private static CompletionRequest request(int seed) {
    Random random = new Random(seed);
    String prompt =
        random
            .ints(1 + random.nextInt(12), 0, WORDS.size())
            .mapToObj(WORDS::get)
            .collect(Collectors.joining(" "));
    double temperature = random.nextBoolean() ? 0 : 0.5 + random.nextDouble();
    return CompletionRequest.chat(prompt)
        .withSampling(new Sampling(temperature, 0, 1, seed))
        .withMaxTokens(MOST_TOKENS);
  }

  private static Completion complete(Bookend bookend, CompletionRequest request, Grammar grammar) {
    return bookend.complete(request.withRules(grammar.rules(bookend.model().vocabulary())));
  }

  @Test
  void whatRandomWeightsSayFits() {
    check(RandomSchemasIT::random, new Split(1, 1), 8);
  }

  @Test
  @Tag("slow")
  void whatRandomWeightsSayFitsManySchemas() {
    check(RandomSchemasIT::random, new Split(1, 1), MANY);
  }

  @Test
  @Tag("slow")
  void whatTheSampleModelSaysFitsManySchemas() {
    check(SampleModel::open, SplitOptions.DEFAULT.split(), MANY);
  }
}
