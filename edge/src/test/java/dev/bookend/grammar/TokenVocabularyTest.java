package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.model.tokenizer.TestTokenizers;
import dev.bookend.model.tokenizer.TokenBytes;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Vocabularies that lack something. */
class TokenVocabularyTest {
  private static final String NAMES =
      "{\"type\":\"object\",\"properties\":{\"größe\":{\"type\":\"string\",\"pattern\":\"^é+$\"}},"
          + "\"required\":[\"größe\"]}";

  /** The small byte-level tokenizer without some of its tokens. */
  private static TokenVocabulary without(Predicate<String> token) throws Exception {
    JsonObject json =
        JsonParser.parseString(TestTokenizers.resource("byte-level.json")).getAsJsonObject();
    json.getAsJsonObject("model").getAsJsonObject("vocab").asMap().keySet().removeIf(token);
    TokenBytes bytes = TokenBytes.of(TestTokenizers.of(json.toString()));
    return TokenVocabulary.of(bytes, Vocabularies.SIZE, Set.of(Vocabularies.END));
  }

  @Test
  void whatCannotBeSpelledIsRefused() throws Exception {
    Grammar grammar = Grammar.ofJsonSchema(NAMES);
    // The characters that stand for the second bytes of two umlauts.
    TokenVocabulary vocabulary = without(token -> token.equals("¶") || token.equals("Ł"));
    assertThrows(BookendException.class, () -> grammar.rules(vocabulary));
    assertThrows(BookendException.class, () -> without("{"::equals));
    TokenBytes all = Vocabularies.bytes("byte-level");
    assertThrows(BookendException.class, () -> TokenVocabulary.of(all, 401, Set.of()));
    assertThrows(BookendException.class, () -> TokenVocabulary.of(all, 401, Set.of(401)));
  }

  @Test
  void withoutSomeBytesAnswersStillComeToAnEnd() throws Exception {
    TokenVocabulary vocabulary = without(token -> token.equals("Ł"));
    Grammar grammar =
        Grammar.ofJsonSchema(NAMES.replace("größe", "size").replace("é+$", "é+ł[ä-ü]{3}$"));
    int complete = 0;
    for (int seed = 0; seed < 50; seed++) {
      TokenRules rules = grammar.rules(vocabulary);
      Random random = new Random(seed);
      var tokens = RandomAnswer.of(rules, vocabulary, Vocabularies.END, 200, random);
      if (tokens.isPresent()) {
        complete++;
        assertTrue(grammar.accepts(Vocabularies.text(vocabulary, tokens.get())));
      }
    }
    assertTrue(complete > 25, complete + " of 50");
  }

  @Test
  void specialTokensAreNoTextAndTheEndIsForTheEnd() {
    for (String name : Set.of("byte-level", "byte-fallback")) {
      TokenRules rules = Grammar.ofJsonSchema("{\"type\":\"string\"}").rules(Vocabularies.of(name));
      TokenVocabulary vocabulary = Vocabularies.of(name);
      int quote = 0;
      while (!Arrays.equals(vocabulary.bytes(quote), new byte[] {'"'})) {
        quote++;
      }
      TokenRules inside = rules.after(quote);
      Allowed allowed = inside.edit().allowed().orElseThrow();
      for (int special = 0; special < 2; special++) {
        assertFalse(allowed.contains(special), name + " " + special);
      }
      Allowed end = inside.after(quote).edit().allowed().orElseThrow();
      assertEquals(Vocabularies.END, end.next(0));
      assertEquals(-1, end.next(Vocabularies.END + 1));
    }
  }
}
