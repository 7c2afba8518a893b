package dev.bookend.training;

import dev.bookend.TextModel;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a chat model expects to be asked. It is given its template up to where the user's words
 * begin, and writes these itself (Magpie; Xu et al. 2024): as many different prompts as are wanted,
 * of the kinds that it was trained for, without a collection of anyone's.
 */
final class Questions {
  private static final int MOST_TOKENS = 96;
  private static final int FEWEST_TOKENS = 4;

  private final int[] before;
  private final int[] after;
  private final int context;

  /**
   * @param text has a chat template
   */
  Questions(TextModel text) {
    int[] one = prompt(text, "One");
    int[] other = prompt(text, "Why");
    int same = Arrays.mismatch(one, other);
    this.before = Arrays.copyOf(one, same);
    int behind = 0;
    while (behind < Math.min(one.length, other.length) - same
        && one[one.length - 1 - behind] == other[other.length - 1 - behind]) {
      behind++;
    }
    this.after = Arrays.copyOfRange(one, one.length - behind, one.length);
    this.context = text.model().contextLength();
  }

  private static int[] prompt(TextModel text, String words) {
    return text.chatPrompt(List.of(new Message(Role.USER, words)));
  }

  /** What the model is given to write a question. */
  int[] beginning() {
    return before;
  }

  /** Most tokens of the beginning and a question. */
  int length() {
    return Math.min(before.length + MOST_TOKENS, context / 2);
  }

  /** The token with which the template ends a question; models write that, or their end token. */
  Set<Integer> ends() {
    return after.length == 0 ? Set.of() : Set.of(after[0]);
  }

  /**
   * The prompts with the questions that the model has written.
   *
   * @param written texts that begin with {@link #beginning}
   * @return each once, without those that are very short or were not ended
   */
  List<int[]> prompts(List<TrainingText> written) {
    List<int[]> prompts = new ArrayList<>();
    Set<List<Integer>> known = new HashSet<>();
    for (TrainingText one : written) {
      int[] words = Arrays.copyOfRange(one.tokens(), before.length, one.length());
      if (words.length >= FEWEST_TOKENS
          && one.length() < length()
          && known.add(Arrays.stream(words).boxed().toList())) {
        int[] prompt = Arrays.copyOf(before, one.length() + after.length);
        System.arraycopy(words, 0, prompt, before.length, words.length);
        System.arraycopy(after, 0, prompt, one.length(), after.length);
        prompts.add(prompt);
      }
    }
    return prompts;
  }
}
