package dev.bookend.evaluation.attack;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How much of a text an attack brought back.
 *
 * @param tokens right at their place
 * @param amongFive tokens that are among the five likeliest at their place
 * @param sentences that stand in the recovered text word for word
 * @param documents 1 of 1 if all tokens are right; 0 of 0 if there are none
 * @param names of people in it
 * @param numbers in it
 * @param addresses in it
 * @param characters chrF2 in thousandths, of 0 if there is nothing
 */
record Recovery(
    Share tokens,
    Share amongFive,
    Share sentences,
    Share documents,
    Share names,
    Share numbers,
    Share addresses,
    Share characters) {
  private static final int RANKS = 5;
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
   * @param guesses for each, the likeliest first
   * @param decode from tokens to text
   */
  static Recovery of(
      int[] truth, int[][] guesses, Document document, Function<int[], String> decode) {
    if (truth.length != guesses.length) {
      throw new IllegalArgumentException(guesses.length + " guesses for " + truth.length);
    }
    int right = 0;
    int near = 0;
    for (int i = 0; i < truth.length; i++) {
      int token = truth[i];
      right += token == guesses[i][0] ? 1 : 0;
      near += Arrays.stream(guesses[i]).limit(RANKS).anyMatch(guess -> guess == token) ? 1 : 0;
    }
    int any = Math.min(1, truth.length);
    String text = decode.apply(Arrays.stream(guesses).mapToInt(ranked -> ranked[0]).toArray());
    return new Recovery(
        new Share(right, truth.length),
        new Share(near, truth.length),
        Share.of(sentences(document.text()), text),
        new Share(right == truth.length ? any : 0, any),
        Share.of(document.names(), text),
        Share.of(document.numbers(), text),
        Share.of(document.addresses(), text),
        new Share((int) Math.round(1000 * any * ChrF.of(document.text(), text)), 1000 * any));
  }

  /** Cuts a text where sentences end. */
  static List<String> sentences(String text) {
    return BETWEEN_SENTENCES.splitAsStream(text.strip()).filter(part -> !part.isEmpty()).toList();
  }

  /** Both together. */
  Recovery plus(Recovery other) {
    return new Recovery(
        tokens.plus(other.tokens),
        amongFive.plus(other.amongFive),
        sentences.plus(other.sentences),
        documents.plus(other.documents),
        names.plus(other.names),
        numbers.plus(other.numbers),
        addresses.plus(other.addresses),
        characters.plus(other.characters));
  }
}
