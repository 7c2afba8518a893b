package dev.bookend.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternCostTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        // GPT-2, Llama 3, GPT-4o, Mistral NeMo and DeepSeek
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
        "\\s?[A-Za-z\u00b5\u00c0-\u00d6]+|\\s?\\p{P}+|[\u4e00-\u9fa5]+",
        "[^(\\s|[.,!?\u2026\u3002])]+",
        "[0-9][0-9][0-9]",
        "\\d{1,3}(?=(?:\\d{3})*\\b)",
      })
  void patternsOfPublishedModelsAreTaken(String pattern) {
    PatternCost.of(pattern);
  }

  @Test
  void countsTheStepsBackAndTheFewestCharacters() {
    assertEquals(new PatternCost(0, 1), PatternCost.of("a+"));
    assertEquals(new PatternCost(1, 2), PatternCost.of("a+b"));
    assertEquals(new PatternCost(2, 1), PatternCost.of("a*b|c*d"));
    assertEquals(new PatternCost(6, 2), PatternCost.of("a{1,3}x?[bc]*d"));
    assertEquals(new PatternCost(0, 0), PatternCost.of("a*|b"));
    assertEquals(new PatternCost(0, 0), PatternCost.of("^(?=a)\\b"));
    assertEquals(new PatternCost(0, 0), PatternCost.of(""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(?:a|ab)+c",
        "(?:a?)*b",
        "a*a*b",
        "(?:a*)(?:a*)b",
        "(?:a*b?)c*d",
        "(a?){60}b",
        "a{0,100}",
        "a{99999}",
        "a*(?=a*b)c",
        "a?a?a?a?a?a?a?a?a?a?a?a?b",
        "(a*)\\1b",
        "(?<n>a\\g<n>?b)",
        "(?R)",
        "(?#x)",
        "a**",
        "a+{3}",
        "*a",
        "(a",
        "a)",
        "[a",
        "\\",
        "\\p",
        "\\X",
        "\\K",
      })
  void whatMayTakeTooLongIsRefused(String pattern) {
    assertThrows(IllegalArgumentException.class, () -> PatternCost.of(pattern), pattern);
  }

  @Test
  void deepNestingIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> PatternCost.of("(".repeat(100_000) + ")".repeat(100_000)));
    assertThrows(
        IllegalArgumentException.class,
        () -> PatternCost.of("[".repeat(100_000) + "]".repeat(100_000)));
  }
}
