package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.TokenRules;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The tokens that may follow are those behind whose bytes the text can go on. */
class TokenMasksTest {
  private static BitSet allowed(TokenRules rules) {
    Allowed allowed = rules.edit().allowed().orElseThrow();
    BitSet tokens = new BitSet();
    for (int token = allowed.next(0); token >= 0; token = allowed.next(token + 1)) {
      tokens.set(token);
    }
    return tokens;
  }

  private static BitSet tried(GrammarRules rules) {
    BitSet tokens = new BitSet();
    for (int token = 0; token < Vocabularies.SIZE; token++) {
      byte[] bytes = rules.vocabulary().bytes(token);
      tokens.set(token, bytes.length > 0 && !rules.state().step(bytes).isEmpty());
    }
    tokens.set(Vocabularies.END, rules.state().contains(Stack.END));
    return tokens;
  }

  static void compare(Grammar grammar, String vocabulary, Random random) {
    TokenRules rules = grammar.rules(Vocabularies.of(vocabulary));
    for (int i = 0; i < 60; i++) {
      BitSet expected = tried((GrammarRules) rules);
      assertEquals(expected, allowed(rules));
      expected.clear(Vocabularies.END);
      if (expected.isEmpty()) {
        return;
      }
      int[] tokens = expected.stream().toArray();
      rules = rules.after(tokens[random.nextInt(tokens.length)]);
    }
  }

  @Property(tries = 40)
  void masksAreWhatTryingEachTokenGives(@ForAll long seed, @ForAll boolean pieces) {
    compare(
        Grammar.ofJsonSchema(RandomSchema.of(seed).schema()),
        pieces ? "byte-fallback" : "byte-level",
        new Random(seed));
  }

  @Property(tries = 10)
  void soAreThoseOfAnyObject(@ForAll long seed, @ForAll boolean pieces) {
    compare(Grammar.jsonObject(), pieces ? "byte-fallback" : "byte-level", new Random(seed));
  }

  @Test
  void aTextThatIsNotAllowedHasRulesToo() {
    TokenVocabulary vocabulary = Vocabularies.of("byte-level");
    TokenRules wrong = Grammar.jsonObject().rules(vocabulary).after(0).after(Vocabularies.SIZE);
    assertFalse(wrong.edit().allowed().isPresent());
  }
}
