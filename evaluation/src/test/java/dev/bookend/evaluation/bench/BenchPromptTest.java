package dev.bookend.evaluation.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.evaluation.report.JsonLines;
import dev.bookend.training.StandInTraining;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BenchPromptTest {
  private static final int WORDS = 5;

  @Test
  void thereAreSixOrMoreOfEachCategory() {
    var counts =
        BenchPrompt.builtIn().stream()
            .collect(Collectors.groupingBy(BenchPrompt::category, Collectors.counting()));
    assertEquals(Set.of("code", "structured", "creative", "conversation"), counts.keySet());
    assertTrue(counts.values().stream().allMatch(count -> count >= 6), counts.toString());
    assertEquals(24, new HashSet<>(BenchPrompt.builtIn()).size());
  }

  /** Draft heads are not measured with the prompts that they are trained with. */
  @Test
  void noneSharesFiveWordsInARowWithAPromptForTraining() throws Exception {
    Set<List<String>> training = new HashSet<>();
    try (InputStream in = StandInTraining.class.getResourceAsStream("standin-prompts.txt")) {
      new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .forEach(line -> training.addAll(runs(line)));
    }
    assertTrue(training.size() > 100, "runs: " + training.size());
    List<List<String>> shared = new ArrayList<>();
    BenchPrompt.builtIn()
        .forEach(p -> runs(p.prompt()).stream().filter(training::contains).forEach(shared::add));
    assertEquals(List.of(), shared);
  }

  /** All runs of five words, and the whole. */
  private static Set<List<String>> runs(String prompt) {
    List<String> words = List.of(prompt.toLowerCase(Locale.ROOT).split("\\W+"));
    Set<List<String>> runs = new HashSet<>(Set.of(words));
    for (int from = 0; from + WORDS <= words.size(); from++) {
      runs.add(words.subList(from, from + WORDS));
    }
    return runs;
  }

  @Test
  void theFirstOfEachCategoryAreTaken() {
    List<BenchPrompt> some = BenchPrompt.first(2, BenchPrompt.builtIn());
    assertEquals(8, some.size());
    assertTrue(BenchPrompt.builtIn().containsAll(some));
  }

  @Test
  void ofSeveralTurnsTheFirstIsTaken() {
    assertEquals(
        List.of(
            new BenchPrompt("writing", "First."),
            new BenchPrompt("prompts", "One."),
            new BenchPrompt("code", "Own.")),
        JsonLines.parse(
            "f",
            """
            {"question_id": 81, "category": "writing", "turns": ["First.", "Second."]}
            {"turns": ["One."]}
            {"category": "code", "prompt": "Own.", "turns": ["Not this."]}
            """,
            BenchPrompt::parse));
    for (String wrong : List.of("{\"turns\": []}", "{\"turns\": [\" \"]}", "{\"turns\": [null]}")) {
      assertThrows(
          IllegalArgumentException.class, () -> JsonLines.parse("f", wrong, BenchPrompt::parse));
    }
  }

  @Test
  void aWrongLineIsNamedButNotShown() {
    Exception failure =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                JsonLines.parse(
                    "f", "{\"prompt\": \"fine\"}\n\n{\"secret\": 1}\n", BenchPrompt::parse));
    assertTrue(failure.getMessage().startsWith("f line 3: not {"), failure.getMessage());
    assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
  }

  @Test
  void answersThatEndInALoopAreToldFromOthers() {
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      tokens.add(i * i % 1009);
    }
    assertFalse(Looping.loops(tokens));
    for (int i = 0; i < 59; i++) {
      tokens.add(5000 + i % 20);
    }
    assertFalse(Looping.loops(tokens));
    tokens.add(5000 + 59 % 20);
    assertTrue(Looping.loops(tokens));
  }
}
