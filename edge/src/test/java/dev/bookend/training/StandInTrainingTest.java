package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.SpeculationIdentityIT;
import dev.bookend.testing.MeasuredPrompts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a stand-in head is trained with is not what it is measured with. */
class StandInTrainingTest {
  private static final int WORDS = 6;

  /** All runs of six words in a prompt, and the prompt itself. */
  private static Set<List<String>> runs(String prompt) {
    List<String> words = List.of(prompt.toLowerCase(Locale.ROOT).split("\\W+"));
    Set<List<String>> runs = new HashSet<>();
    runs.add(words);
    for (int from = 0; from + WORDS <= words.size(); from++) {
      runs.add(words.subList(from, from + WORDS));
    }
    return runs;
  }

  @Test
  void noMeasuredPromptSharesSixWordsInARowWithATrainingPrompt() {
    Set<List<String>> training = new HashSet<>();
    StandInTraining.prompts().forEach(prompt -> training.addAll(runs(prompt)));
    Tasks tasks = new Tasks(1);
    Stream.generate(tasks::next).limit(20_000).forEach(prompt -> training.addAll(runs(prompt)));
    List<List<String>> shared = new ArrayList<>();
    Stream.concat(MeasuredPrompts.ALL.stream(), SpeculationIdentityIT.PROMPTS.stream())
        .forEach(prompt -> runs(prompt).stream().filter(training::contains).forEach(shared::add));
    assertEquals(List.of(), shared);
  }

  @Test
  void trainingPromptsAreManyAndEachIsThereOnce() {
    List<String> prompts = StandInTraining.prompts();
    assertTrue(prompts.size() >= 240, "prompts: " + prompts.size());
    assertEquals(prompts.size(), new HashSet<>(prompts).size());
  }

  @Test
  void tasksHardlyRepeatThemselves() {
    Tasks tasks = new Tasks(1);
    List<String> prompts = Stream.generate(tasks::next).limit(5000).toList();
    assertTrue(new HashSet<>(prompts).size() > 4200, "different: " + new HashSet<>(prompts).size());
  }

  @Test
  void anotherSeedMakesOtherTasks() {
    Tasks first = new Tasks(1);
    Tasks again = new Tasks(1);
    Tasks second = new Tasks(2);
    List<String> of = Stream.generate(first::next).limit(50).toList();
    assertEquals(of, Stream.generate(again::next).limit(50).toList());
    assertNotEquals(of, Stream.generate(second::next).limit(50).toList());
  }
}
