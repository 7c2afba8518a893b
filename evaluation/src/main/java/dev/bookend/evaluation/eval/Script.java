package dev.bookend.evaluation.eval;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.bookend.evaluation.report.JsonLines;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Reads scripts, JSON lines of three kinds:
 *
 * <ul>
 *   <li>{@code {"prompt": "...", "raw": false, "max_tokens": 50, "stop": ["\n\n"]}}, all but the
 *       prompt optional;
 *   <li>{@code {"text": "..."}};
 *   <li>{@code {"context": "...", "continuation": "..."}}.
 * </ul>
 *
 * <p>Each may have an {@code "id"} and a {@code "category"}; other names are ignored.
 */
public final class Script {
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .create();

  private Script() {}

  private record Line(
      String id,
      String category,
      String prompt,
      boolean raw,
      Integer maxTokens,
      List<String> stop,
      String text,
      String context,
      String continuation) {}

  /**
   * Reads a script.
   *
   * @param name of the file, for error messages
   * @throws IllegalArgumentException naming the first line that is not of this form, but not its
   *     text, which may be private
   */
  public static List<Task> parse(String name, String lines) {
    return JsonLines.parse(name, lines, Script::task);
  }

  /**
   * Reads a script's file.
   *
   * @throws IllegalArgumentException if the file cannot be read, or as {@link #parse}
   */
  public static List<Task> read(Path file) {
    return JsonLines.read(file, Script::task);
  }

  /**
   * Reads a file of texts only.
   *
   * @throws IllegalArgumentException if the file cannot be read or contains anything else
   */
  public static List<String> readTexts(Path file) {
    return read(file).stream()
        .map(
            task -> {
              if (task instanceof Task.Perplexity text) {
                return text.text();
              }
              throw new IllegalArgumentException(file + ": all lines must be {\"text\": \"...\"}");
            })
        .toList();
  }

  private static Task task(String json, int number) {
    Line line = GSON.fromJson(json, Line.class);
    long kinds =
        Stream.of(line.prompt, line.text, line.continuation).filter(Objects::nonNull).count();
    if (kinds != 1) {
      throw new IllegalArgumentException(
          "one of \"prompt\", \"text\" and \"continuation\" must be present");
    }
    String id = line.id == null ? Integer.toString(number) : line.id;
    String category = line.category == null ? "all" : line.category;
    if (line.prompt != null) {
      requireText("prompt", line.prompt);
      if (line.maxTokens != null && line.maxTokens < 1) {
        throw new IllegalArgumentException("\"max_tokens\" is below 1");
      }
      List<String> stop = line.stop == null ? List.of() : line.stop;
      stop.forEach(text -> requireText("stop", text));
      return new Task.Answer(id, category, line.prompt, line.raw, line.maxTokens, stop);
    }
    if (line.text != null) {
      requireText("text", line.text);
      return new Task.Perplexity(id, category, line.text);
    }
    requireText("context", line.context);
    requireText("continuation", line.continuation);
    return new Task.Likelihood(id, category, line.context, line.continuation);
  }

  private static void requireText(String name, String text) {
    if (text == null || text.isEmpty()) {
      throw new IllegalArgumentException("\"" + name + "\" is missing or empty");
    }
  }
}
