package dev.bookend.evaluation.eval;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * <p>Each may have an {@code "id"} and a {@code "category"}; other names mean nothing.
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
   * Reads one.
   *
   * @param name of the file, for errors
   * @throws IllegalArgumentException naming the first line that is not of this form; not what it
   *     says, which may be private
   */
  public static List<Task> parse(String name, String lines) {
    List<Task> tasks = new ArrayList<>();
    int number = 0;
    for (String line : lines.split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        try {
          tasks.add(task(line, number));
        } catch (JsonParseException | IllegalArgumentException e) {
          String what =
              e instanceof JsonParseException ? "no JSON object of this form" : e.getMessage();
          throw new IllegalArgumentException(name + " line " + number + ": " + what, e);
        }
      }
    }
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException(name + " is empty");
    }
    return tasks;
  }

  /**
   * Reads a script's file.
   *
   * @throws IllegalArgumentException if it cannot be read, or as {@link #parse}
   */
  public static List<Task> read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + " as UTF-8 text", e);
    }
  }

  /**
   * Reads a file of texts only.
   *
   * @throws IllegalArgumentException if it cannot be read or holds anything else
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
