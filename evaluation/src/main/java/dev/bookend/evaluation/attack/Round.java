package dev.bookend.evaluation.attack;

import com.google.gson.annotations.SerializedName;
import dev.bookend.evaluation.report.ResultLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All attacks at one depth over one wire; a line of {@code attacks.jsonl}. It says how much was
 * recovered, but contains none of the recovered text.
 *
 * @param key of all that they depend on
 */
public record Round(
    String key, WireCost cost, @SerializedName("findings") List<AttackResult> results)
    implements ResultLog.Entry {
  /**
   * {@code attacks.jsonl}.
   *
   * @param directory that the file is in; empty: the log is kept in memory
   */
  public static ResultLog<Round> log(Optional<Path> directory) {
    return ResultLog.open(directory, "attacks.jsonl", Round.class);
  }
}
