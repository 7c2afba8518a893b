package dev.bookend.evaluation.bench;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A prompt for measurements.
 *
 * @param category what kind of text it asks for
 * @param prompt the user's message
 */
public record Prompt(String category, String prompt) {
  /**
   * Bookend's own, of four categories: code, structured, creative, conversation. No drafter was
   * tuned or trained on them.
   */
  public static List<Prompt> builtIn() {
    try (InputStream in = Prompt.class.getResourceAsStream("prompts.jsonl")) {
      return parse(
          "prompts.jsonl",
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads JSON lines, {@code {"category": "code", "prompt": "..."}} each; the category is {@code
   * prompts} where it is missing.
   *
   * @throws IllegalArgumentException if the file cannot be read or is not of this form
   */
  public static List<Prompt> read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no file " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + " as UTF-8 text", e);
    }
  }

  static List<Prompt> parse(String file, String lines) {
    List<Prompt> prompts = new ArrayList<>();
    int number = 0;
    for (String line : lines.split("\n", -1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Prompt prompt;
      try {
        prompt = new Gson().fromJson(line, Prompt.class);
      } catch (JsonParseException e) {
        prompt = null;
      }
      if (prompt == null || prompt.prompt == null || prompt.prompt.isBlank()) {
        // The message does not contain the line, which may be private.
        throw new IllegalArgumentException(
            file + " line " + number + " is not {\"category\": \"...\", \"prompt\": \"...\"}");
      }
      String category = prompt.category == null ? "prompts" : prompt.category;
      prompts.add(new Prompt(category, prompt.prompt));
    }
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException(file + " has no prompts");
    }
    return prompts;
  }

  /** The first prompts of each category. */
  public static List<Prompt> first(int ofEach, List<Prompt> prompts) {
    Map<String, Integer> taken = new HashMap<>();
    return prompts.stream()
        .filter(prompt -> taken.merge(prompt.category, 1, Integer::sum) <= ofEach)
        .toList();
  }
}
