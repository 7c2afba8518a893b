package dev.bookend.evaluation.attack;

import dev.bookend.model.tokenizer.Tokenizer;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The words in a tokenizer's vocabulary. */
final class Vocabulary {
  private static final Pattern WORD = Pattern.compile("[A-Za-z]{2,}");

  private Vocabulary() {}

  /** All tokens of at least two unaccented letters, as words, each once. */
  static List<String> words(Tokenizer tokenizer, int size) {
    return IntStream.range(0, size)
        .mapToObj(token -> tokenizer.decode(token).strip())
        .filter(text -> WORD.matcher(text).matches())
        .distinct()
        .toList();
  }
}
