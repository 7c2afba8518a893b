package dev.bookend.evaluation.eval;

import java.util.List;

/** What a line of a script asks for. */
public sealed interface Task {
  /** What to call it in results; its line number where the script gives no name. */
  String id();

  /** What kind of text it is. */
  String category();

  /**
   * An answer to a prompt.
   *
   * @param raw whether to continue it as plain text, without the chat template
   * @param maxTokens null: as many as the run's settings say
   * @param stop strings that end the answer, and are not part of it
   */
  record Answer(
      String id, String category, String prompt, boolean raw, Integer maxTokens, List<String> stop)
      implements Task {}

  /** How well the model foretells a text. */
  record Perplexity(String id, String category, String text) implements Task {}

  /** How probable a continuation is after a context. */
  record Likelihood(String id, String category, String context, String continuation)
      implements Task {}
}
