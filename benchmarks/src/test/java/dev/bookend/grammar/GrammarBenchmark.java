package dev.bookend.grammar;

import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.model.tokenizer.TokenBytes;
import dev.bookend.model.tokenizer.Tokenizer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Masks along an answer that is read by the sample model's tokenizer (49,152 tokens): one operation
 * is the whole answer; divided by its tokens, whose number is printed, that is what a token costs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgs = "-Xmx2g")
public class GrammarBenchmark {
  private static final int ANSWERS = 64;
  private static final String SCHEMA =
      """
      {"type": "object", "additionalProperties": false, "required": ["name", "tags", "count"],
       "properties": {
        "name": {"type": "string", "maxLength": 60},
        "tags": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer", "minimum": 0},
        "city": {"type": "string", "pattern": "^[A-Z][a-z ]+$"}}}
      """;

  private TokenVocabulary vocabulary;
  private Grammar schema;
  private final int[][] answers = new int[ANSWERS][];
  private int next;

  @Setup
  public void open() {
    try (Checkpoint checkpoint = SampleModel.open();
        Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      vocabulary =
          TokenVocabulary.of(
              TokenBytes.of(checkpoint.tokenizer()),
              checkpoint.config().vocabularySize(),
              checkpoint.config().endTokens());
      Random random = new Random(1);
      int tokens = 0;
      for (int i = 0; i < ANSWERS; i++) {
        answers[i] = tokenizer.encode(answer(random));
        tokens += answers[i].length;
      }
      System.out.printf("%.1f tokens an answer%n", (double) tokens / ANSWERS);
    }
    schema = Grammar.ofJsonSchema(SCHEMA);
  }

  private static String answer(Random random) {
    String[] words = {"quick", "brown", "jumping", "lazy", "over", "fields", "of", "barley"};
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      text.append(i == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
    }
    return """
        {"name": "%s", "tags": ["%s", "b"], "count": %d, "city": "New %s"}"""
        .formatted(text, words[random.nextInt(words.length)], random.nextInt(100_000), "York");
  }

  private void follow(Grammar grammar, Blackhole output) {
    TokenRules rules = grammar.rules(vocabulary);
    for (int token : answers[next++ % ANSWERS]) {
      output.consume(rules.edit());
      rules = rules.after(token);
    }
  }

  /** A schema that was met before. */
  @Benchmark
  public void knownSchema(Blackhole output) {
    follow(schema, output);
  }

  /** The same, compiled for each answer, so that nothing but its strings is known. */
  @Benchmark
  public void newSchema(Blackhole output) {
    follow(Grammar.ofJsonSchema(SCHEMA), output);
  }

  /** Any object; the names so far are part of the state. */
  @Benchmark
  public void anyObject(Blackhole output) {
    follow(Grammar.jsonObject(), output);
  }

  /** Compiling alone. */
  @Benchmark
  public Grammar compile() {
    return Grammar.ofJsonSchema(SCHEMA);
  }
}
