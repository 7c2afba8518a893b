package dev.bookend.evaluation.attack;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How much of a text an attack brought back.
 *
 * @param tokens right at their place
 * @param sentences that stand in the recovered text word for word
 * @param documents 1 of 1 if all tokens are right
 * @param names of people in it
 * @param numbers in it
 * @param addresses in it
 */
record Recovery(
    Share tokens, Share sentences, Share documents, Share names, Share numbers, Share addresses) {
  private static final Pattern BETWEEN_SENTENCES = Pattern.compile("(?<=[.?!:])\\s+");

  /** So many of so many. */
  record Share(int found, int of) {
    private static Share of(List<String> parts, String text) {
      return new Share((int) parts.stream().filter(text::contains).count(), parts.size());
    }

    private Share plus(Share other) {
      return new Share(found + other.found, of + other.of);
    }
  }

  /**
   * Compares.
   *
   * @param truth tokens of the document
   * @param guess as many
   * @param decode from tokens to text
   */
  static Recovery of(int[] truth, int[] guess, Document document, Function<int[], String> decode) {
    if (truth.length != guess.length) {
      throw new IllegalArgumentException(guess.length + " guesses for " + truth.length);
    }
    int right = 0;
    for (int i = 0; i < truth.length; i++) {
      right += truth[i] == guess[i] ? 1 : 0;
    }
    String text = decode.apply(guess);
    return new Recovery(
        new Share(right, truth.length),
        Share.of(sentences(document.text()), text),
        new Share(right == truth.length ? 1 : 0, 1),
        Share.of(document.names(), text),
        Share.of(document.numbers(), text),
        Share.of(document.addresses(), text));
  }

  /** Cuts a text where sentences end. */
  static List<String> sentences(String text) {
    return BETWEEN_SENTENCES.splitAsStream(text.strip()).filter(part -> !part.isEmpty()).toList();
  }

  /** Both together. */
  Recovery plus(Recovery other) {
    return new Recovery(
        tokens.plus(other.tokens),
        sentences.plus(other.sentences),
        documents.plus(other.documents),
        names.plus(other.names),
        numbers.plus(other.numbers),
        addresses.plus(other.addresses));
  }
}
