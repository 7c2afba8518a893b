package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.TokenRules;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A vocabulary lives long, and the grammars that it is used with do not. */
class GrammarMemoryTest {
  private static final int GRAMMARS = 300;
  private static final int LITERAL = 5_000;

  private static TokenRules follow(Grammar grammar, int tokens, Random random) {
    TokenRules rules = grammar.rules(Vocabularies.of("byte-level"));
    for (int i = 0; i < tokens; i++) {
      Allowed allowed = rules.edit().allowed().orElseThrow();
      int drawn = allowed.next(random.nextInt(Vocabularies.SIZE));
      int token = drawn < 0 ? allowed.next(0) : drawn;
      if (token == Vocabularies.END) {
        break;
      }
      rules = rules.after(token);
    }
    return rules;
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aVocabularyKeepsNoGrammarAlive() throws InterruptedException {
    Random random = new Random(1);
    List<WeakReference<Grammar>> grammars = new ArrayList<>();
    List<WeakReference<Object>> states = new ArrayList<>();
    follow(Grammar.jsonObject(), 5, random);
    long before = used();
    for (int i = 0; i < GRAMMARS; i++) {
      Grammar grammar =
          Grammar.ofJsonSchema(
              "{\"properties\":{\"a\":{\"const\":\"%s\"},\"b\":{\"pattern\":\"^%d+$\"}}}"
                  .formatted(i + "x".repeat(LITERAL), i));
      TokenRules rules = follow(grammar, 6, random);
      grammars.add(new WeakReference<>(grammar));
      states.add(new WeakReference<>(((GrammarRules) rules).state()));
    }
    long alive = GRAMMARS;
    for (int i = 0; i < 50 && alive > 0; i++) {
      System.gc();
      Thread.sleep(20);
      alive =
          grammars.stream().filter(each -> each.get() != null).count()
              + states.stream()
                  .filter(each -> each.get() != null && each.get() != Stacks.NONE)
                  .count();
    }
    assertEquals(0, alive, "grammars and states that are still there");
    long more = used() - before;
    assertTrue(more < 20 << 20, more + " bytes more");
  }

  @Test
  void theLastGrammarsAreKnownAndOthersAreForgotten() {
    GrammarCache cache = new GrammarCache();
    String schema = "{\"const\":\"a\"}";
    Grammar first = cache.ofJsonSchema(schema);
    assertSame(first, cache.ofJsonSchema(schema));
    for (int i = 0; i < 40; i++) {
      cache.ofJsonSchema("{\"const\":" + i + "}");
    }
    assertNotSame(first, cache.ofJsonSchema(schema));
  }

  @Test
  void whatIsKnownOfAGrammarIsKept() {
    Grammar grammar = Grammar.ofJsonSchema("{\"properties\":{\"a\":{\"const\":\"b\"}}}");
    assertSame(follow(grammar, 5, new Random(2)).edit(), follow(grammar, 5, new Random(2)).edit());
  }
}
