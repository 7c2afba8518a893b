package dev.bookend.evaluation.eval;

import java.util.List;

/** A line of a script. */
public sealed interface Task {
  /** Its name in results; its line number if the script gives no name. */
  String id();

  /** The kind of text, for the summary of the results. */
  String category();

  /**
   * An answer to a prompt.
   *
   * @param raw whether to continue the prompt as plain text, without the chat template
   * @param maxTokens most tokens of the answer; null: as many as the run's settings allow
   * @param stop strings that end the answer and are not part of it
   */
  record Answer(
      String id, String category, String prompt, boolean raw, Integer maxTokens, List<String> stop)
      implements Task {}

  /** How well the model predicts a text. */
  record Perplexity(String id, String category, String text) implements Task {}

  /** How probable a continuation is after a context. */
  record Likelihood(String id, String category, String context, String continuation)
      implements Task {}
}
