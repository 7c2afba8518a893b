package dev.bookend.model;

import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Text from tokens as they come, 100 tokens an operation; a token costs a hundredth. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TextStreamBenchmark {
  private static final int TOKENS = 100;

  /** ASCII, where every token has text, and characters of several tokens, which are held back. */
  @Param({"ascii", "emoji"})
  String text;

  private Tokenizer tokenizer;
  private int[] tokens;

  @Setup
  public void open() throws IOException {
    try (InputStream json = Tokenizer.class.getResourceAsStream("byte-level.json")) {
      tokenizer =
          Tokenizer.of(TokenizerSource.of(new String(json.readAllBytes(), StandardCharsets.UTF_8)));
    }
    String phrase =
        text.equals("ascii") ? "The quick brown fox jumps. " : "\uD83D\uDE00\uD83D\uDC4D";
    tokens = Arrays.copyOf(tokenizer.encode(phrase.repeat(TOKENS)), TOKENS);
  }

  @Benchmark
  public void stream(Blackhole output) {
    TextStream stream = tokenizer.stream();
    for (int token : tokens) {
      output.consume(stream.add(token));
    }
    output.consume(stream.finish());
  }

  /** What it would cost to decode everything anew with each token. */
  @Benchmark
  public void decodeAllEachTime(Blackhole output) {
    for (int count = 1; count <= TOKENS; count++) {
      output.consume(tokenizer.decode(Arrays.copyOf(tokens, count)));
    }
  }

  @TearDown
  public void close() {
    tokenizer.close();
  }
}
