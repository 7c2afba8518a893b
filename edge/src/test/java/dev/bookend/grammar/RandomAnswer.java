package dev.bookend.grammar;

import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.TokenRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a model says that knows nothing, under rules. */
final class RandomAnswer {
  private static final int BEFORE_HURRY = 30;

  private RandomAnswer() {}

  /**
   * Any tokens that are allowed; those that may end something come more often, the longer it takes.
   *
   * @return empty: it did not come to an end
   */
  static Optional<List<Integer>> of(
      TokenRules begin, TokenVocabulary vocabulary, int end, int most, Random random) {
    List<Integer> tokens = new ArrayList<>();
    TokenRules rules = begin;
    while (tokens.size() < most) {
      Allowed allowed = rules.edit().allowed().orElseThrow();
      boolean onlyEnd = allowed.next(0) == end && allowed.next(end + 1) < 0;
      if (onlyEnd || (allowed.contains(end) && random.nextInt(3) > 0)) {
        return Optional.of(tokens);
      }
      int token = choose(allowed, vocabulary, end, random, tokens.size());
      tokens.add(token);
      rules = rules.after(token);
    }
    return Optional.empty();
  }

  private static int choose(
      Allowed allowed, TokenVocabulary vocabulary, int end, Random random, int count) {
    List<Integer> all = new ArrayList<>();
    List<Integer> closing = new ArrayList<>();
    for (int token = allowed.next(0); token >= 0; token = allowed.next(token + 1)) {
      if (token != end) {
        all.add(token);
        byte[] bytes = vocabulary.bytes(token);
        if (bytes.length == 1 && "\"]}".indexOf(bytes[0]) >= 0) {
          closing.add(token);
        }
      }
    }
    boolean hurry = random.nextInt(2 * BEFORE_HURRY) < count;
    List<Integer> some = hurry && !closing.isEmpty() ? closing : all;
    return some.get(random.nextInt(some.size()));
  }
}
