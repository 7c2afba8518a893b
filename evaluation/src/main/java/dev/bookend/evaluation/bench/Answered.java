package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.runtime.TokenChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An answer for {@link Verification} to compare; a line of {@code answers.jsonl}.
 *
 * @param key of all that it depends on
 */
public record Answered(String key, List<TokenChoice> choices) implements ResultLog.Entry {
  /**
   * {@code answers.jsonl}.
   *
   * @param directory that the file is in; empty: the log is kept in memory
   */
  public static ResultLog<Answered> log(Optional<Path> directory) {
    return ResultLog.open(directory, "answers.jsonl", Answered.class);
  }
}
