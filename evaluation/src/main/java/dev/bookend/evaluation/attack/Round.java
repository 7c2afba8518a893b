package dev.bookend.evaluation.attack;

import dev.bookend.evaluation.report.ResultLog;
import java.nio.file.Path;
import java.util.List;

/**
 * All attacks at one depth over one wire; a line of {@code attacks.jsonl}. It says how much was
 * recovered, and nothing of what.
 *
 * @param key of all that they depend on
 */
public record Round(String key, WireCost cost, List<Finding> findings) {
  /** One that is forgotten at the end. */
  public static ResultLog<Round> log() {
    return ResultLog.inMemory(Round::key);
  }

  /** {@code attacks.jsonl} in a directory. */
  public static ResultLog<Round> log(Path directory) {
    return ResultLog.in(directory.resolve("attacks.jsonl"), Round.class, Round::key);
  }
}
