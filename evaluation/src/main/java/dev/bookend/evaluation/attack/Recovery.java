package dev.bookend.evaluation.attack;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How much of a text an attack recovered.
 *
 * @param tokens that are right at their position
 * @param amongFive tokens that are among the attack's five best at their position
 * @param sentences that the recovered text contains word for word
 * @param documents 1 of 1 if all tokens are right, else 0 of 1; 0 of 0 if the text is empty
 * @param names of people that the recovered text contains
 * @param numbers that the recovered text contains
 * @param addresses that the recovered text contains
 * @param characters chrF2 in thousandths; 0 of 0 if the text is empty
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

  /** How many of how many were found. */
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
   * @param ranked for each, the tokens that the attack takes it for, the best first
   * @param decode from tokens to text
   */
  static Recovery of(
      int[] truth, int[][] ranked, Document document, Function<int[], String> decode) {
    if (truth.length != ranked.length) {
      throw new IllegalArgumentException(ranked.length + " recovered tokens for " + truth.length);
    }
    int right = 0;
    int near = 0;
    for (int i = 0; i < truth.length; i++) {
      int token = truth[i];
      right += token == ranked[i][0] ? 1 : 0;
      near += Arrays.stream(ranked[i]).limit(RANKS).anyMatch(other -> other == token) ? 1 : 0;
    }
    int any = Math.min(1, truth.length);
    String text = decode.apply(Arrays.stream(ranked).mapToInt(best -> best[0]).toArray());
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

  /** The sum of two recoveries. */
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
