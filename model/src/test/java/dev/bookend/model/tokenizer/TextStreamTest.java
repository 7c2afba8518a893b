package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
  /** More than either tokenizer has, so that unknown ids occur too. */
  private static final int IDS = 420;

  private static final Map<String, Tokenizer> TOKENIZERS = new ConcurrentHashMap<>();

  @AfterAll
  @AfterContainer
  static void close() {
    TOKENIZERS.values().forEach(Tokenizer::close);
    TOKENIZERS.clear();
  }

  private static Tokenizer tokenizer(String name) {
    return TOKENIZERS.computeIfAbsent(
        name,
        key -> {
          try {
            return Tokenizer.of(TestTokenizers.source(key));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Provide
  Arbitrary<String> name() {
    return Arbitraries.of("byte-level", "byte-fallback");
  }

  @Provide
  Arbitrary<int[]> tokens() {
    return Arbitraries.oneOf(
            Arbitraries.integers().between(0, IDS - 1),
            // Special tokens and, in either tokenizer, mostly bytes of unfinished characters.
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(130, 258))
        .array(int[].class)
        .ofMaxSize(80);
  }

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.oneOf(
            Arbitraries.strings().all().ofMaxLength(6),
            Arbitraries.of(
                "word ",
                "  ",
                "日本",
                "🎉",
                "👩‍👩‍👧",
                "e\u0301",
                "\uFFFD",
                "<s>",
                "<extra>",
                "\n",
                "é"))
        .list()
        .ofMaxSize(20)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 3000)
  void anyTokensStreamToTheirText(@ForAll("name") String name, @ForAll("tokens") int[] tokens) {
    assertEquals(tokenizer(name).decode(tokens), streamed(tokenizer(name), tokens));
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void aSpecialTokenIsShownToThoseWhoAsk(String name) {
    Tokenizer tokenizer = tokenizer(name);
    TextStream stream = tokenizer.stream(Set.of("</s>", "no such token"));
    StringBuilder text = new StringBuilder();
    for (int token : tokenizer.encode("<s>one</s>two")) {
      text.append(stream.add(token));
    }
    assertEquals("one</s>two", text.append(stream.finish()).toString().replace(" ", ""));
  }

  @Property(tries = 1000)
  void anyTextStreamsToItself(@ForAll("name") String name, @ForAll("text") String text) {
    int[] tokens = tokenizer(name).encode(text);
    assertEquals(tokenizer(name).decode(tokens), streamed(tokenizer(name), tokens));
  }

  @Property(tries = 1000)
  void aTextGoesOnBehindAnotherAsInOne(
      @ForAll("name") String name,
      @ForAll("text") String text,
      @ForAll @IntRange(max = 99) int at) {
    Tokenizer tokenizer = tokenizer(name);
    int[] tokens = tokenizer.encode(text);
    Assume.that(tokenizer.decode(tokens).indexOf('\uFFFD') < 0); // else nobody knows what is whole
    int[] before = Arrays.copyOf(tokens, tokens.length * at / 100);
    TextStream stream = tokenizer.streamAfter(before, Set.of());
    StringBuilder all = new StringBuilder(tokenizer.decode(before).replaceAll("\uFFFD+$", ""));
    for (int token : Arrays.copyOfRange(tokens, before.length, tokens.length)) {
      all.append(stream.add(token));
    }
    assertEquals(tokenizer.decode(tokens), all.append(stream.finish()).toString());
  }

  private static String streamed(Tokenizer tokenizer, int[] tokens) {
    TextStream stream = tokenizer.stream();
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(stream.add(token));
    }
    return text.append(stream.finish()).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "byte-fallback"})
  void wordsComeAtOnceAndCharactersWhole(String name) {
    Tokenizer tokenizer = tokenizer(name);
    TextStream stream = tokenizer.stream();
    int[] fox = tokenizer.encode("fox");
    StringBuilder text = new StringBuilder();
    for (int token : fox) {
      text.append(stream.add(token));
    }
    assertEquals("fox", text.toString());
    for (int token : tokenizer.encode("\uD83E\uDDA9x")) {
      String added = stream.add(token);
      assertTrue(added.indexOf('\uFFFD') < 0);
      text.append(added);
    }
    assertTrue(text.toString().endsWith("\uD83E\uDDA9x"));
  }

  @Test
  void streamBeginsAnewAfterFinish() {
    Tokenizer tokenizer = tokenizer("byte-level");
    TextStream stream = tokenizer.stream();
    int[] half = Arrays.copyOf(tokenizer.encode("\uD83E\uDDA9"), 2);
    for (int token : half) {
      assertEquals("", stream.add(token));
    }
    assertEquals(tokenizer.decode(half), stream.finish());
    assertEquals("", stream.finish());
  }

  /** Counts the work instead of its time: tokens decoded for each token taken. */
  @Test
  void workPerTokenStaysBoundedForWordsAndForBrokenBytes() {
    Tokenizer tokenizer = tokenizer("byte-level");
    int[] words = tokenizer.encode("the dog sleeps ".repeat(1000));
    int[] broken = new int[words.length];
    Arrays.fill(broken, tokenizer.encode("\uD83E\uDDA9")[1]);
    for (int[] tokens : new int[][] {words, broken}) {
      AtomicLong decoded = new AtomicLong();
      TextStream stream =
          new TextStream(
              some -> {
                decoded.addAndGet(some.length);
                return tokenizer.decode(some);
              },
              token -> true,
              token -> false,
              Map.of());
      for (int token : tokens) {
        stream.add(token);
      }
      stream.finish();
      assertTrue(decoded.get() < 10L * tokens.length, decoded + " for " + tokens.length);
    }
  }
}
