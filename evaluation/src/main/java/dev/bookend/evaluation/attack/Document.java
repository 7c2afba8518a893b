package dev.bookend.evaluation.attack;

import java.util.List;

/**
 * A text that somebody sends to a model, and the personal data in it.
 *
 * @param names of people in it
 * @param numbers in it: telephone, account, amount
 * @param addresses in it
 */
record Document(String text, List<String> names, List<String> numbers, List<String> addresses) {
  /** A text whose personal data is not known. */
  static Document of(String text) {
    return new Document(text, List.of(), List.of(), List.of());
  }
}
