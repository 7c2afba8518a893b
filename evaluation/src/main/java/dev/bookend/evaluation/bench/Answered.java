package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.runtime.TokenChoice;
import java.nio.file.Path;
import java.util.List;

/**
 * An answer for {@link Verification} to compare; a line of {@code answers.jsonl}.
 *
 * @param key of all that it depends on
 */
public record Answered(String key, List<TokenChoice> choices) {
  /** One that is forgotten at the end. */
  public static ResultLog<Answered> log() {
    return ResultLog.inMemory(Answered::key);
  }

  /** {@code answers.jsonl} in a directory. */
  public static ResultLog<Answered> log(Path directory) {
    return ResultLog.in(directory.resolve("answers.jsonl"), Answered.class, Answered::key);
  }
}
