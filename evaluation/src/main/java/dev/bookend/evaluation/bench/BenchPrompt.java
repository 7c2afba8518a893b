package dev.bookend.evaluation.bench;

import com.google.gson.Gson;
import dev.bookend.evaluation.report.JsonLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
public record BenchPrompt(String category, String prompt) {
  /**
   * Bookend's own, of four categories: code, structured, creative, conversation. No drafter was
   * tuned or trained on them.
   */
  public static List<BenchPrompt> builtIn() {
    try (InputStream in = BenchPrompt.class.getResourceAsStream("prompts.jsonl")) {
      return JsonLines.parse(
          "prompts.jsonl",
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8),
          BenchPrompt::parse);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads JSON lines, {@code {"category": "code", "prompt": "..."}} each, or as MT-Bench and
   * Spec-Bench have them, {@code {"category": "...", "turns": ["...", ...]}}, of which the first
   * turn is taken; the category is {@code prompts} where it is missing.
   *
   * @throws IllegalArgumentException if the file cannot be read or is not of this form
   */
  public static List<BenchPrompt> read(Path file) {
    return JsonLines.read(file, BenchPrompt::parse);
  }

  static BenchPrompt parse(String line, int number) {
    Line read = new Gson().fromJson(line, Line.class);
    String prompt = read.prompt;
    if (prompt == null && read.turns != null && !read.turns.isEmpty()) {
      prompt = read.turns.get(0);
    }
    if (prompt == null || prompt.isBlank()) {
      throw new IllegalArgumentException(
          "not {\"category\": \"...\", \"prompt\": \"...\"}, nor with \"turns\": [\"...\"]");
    }
    return new BenchPrompt(read.category == null ? "prompts" : read.category, prompt);
  }

  private record Line(String category, String prompt, List<String> turns) {}

  /** The first prompts of each category. */
  public static List<BenchPrompt> first(int ofEach, List<BenchPrompt> prompts) {
    Map<String, Integer> taken = new HashMap<>();
    return prompts.stream()
        .filter(prompt -> taken.merge(prompt.category, 1, Integer::sum) <= ofEach)
        .toList();
  }
}
