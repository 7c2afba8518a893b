package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CostMemoryTest {
  private static final String SITUATION = "a model, a cloud";

  @TempDir private Path home;

  private Path directory() {
    return home.resolve("costs");
  }

  private CostMemory memory() {
    return CostMemory.in(directory(), SITUATION);
  }

  /** Proposes 7, 8, 9, as repeating drafters do. */
  private static final class Counting implements Drafter {
    @Override
    public String name() {
      return "counting";
    }

    @Override
    public void observe(ObservedTokens tokens) {}

    @Override
    public void propose(DraftTree tree) {
      int node = DraftTree.ROOT;
      for (int token = 7; token < 23; token++) {
        node = tree.add(node, token, 0.9);
      }
    }
  }

  private static DraftMerger merger(OptionalInt draftTokens) {
    return new DraftMerger(List.of(new Counting()), draftTokens, Pipeline.NEVER);
  }

  private static DraftMerger merger() {
    return merger(OptionalInt.empty());
  }

  private static Draft draft(DraftMerger merger) {
    return merger.draft(1, 100, 100, TokenRules.NONE);
  }

  /** A round trip in which everything is accepted. */
  private static void roundTrip(DraftMerger merger) {
    Draft draft = draft(merger);
    TokenChoice[] choices = new TokenChoice[draft.size()];
    int[] branch = new int[draft.size()];
    for (int i = 0; i < choices.length; i++) {
      choices[i] = new TokenChoice(7 + i, 1, Float.NaN, List.of());
      branch[i] = i;
    }
    merger.verified(draft, choices, branch, 0.1);
  }

  private void learn() {
    CostMemory memory = memory();
    try (DraftMerger merger = merger()) {
      merger.begin(memory);
      for (int i = 0; i < 20; i++) {
        roundTrip(merger);
      }
      merger.remember(memory);
    }
    memory.save();
  }

  private int firstDraft(CostMemory memory) {
    try (DraftMerger merger = merger()) {
      merger.begin(memory);
      return draft(merger).size();
    }
  }

  @Test
  void aNewProcessDraftsAtOnceWhereAnotherHasLearned() {
    assertEquals(1, firstDraft(memory()), "nothing is known of round trips");
    learn();
    assertEquals(17, firstDraft(memory()));
    assertEquals(1, firstDraft(CostMemory.in(directory(), "another cloud")));
  }

  @Test
  void whatIsRememberedCanStillBeUnlearned() {
    learn();
    try (DraftMerger merger = merger()) {
      merger.begin(memory());
      for (int i = 0; i < 40; i++) {
        Draft draft = draft(merger);
        TokenChoice[] choices = new TokenChoice[draft.size()];
        Arrays.fill(choices, new TokenChoice(99, 1, Float.NaN, List.of()));
        merger.verified(draft, choices, new int[] {0}, 0.01 * draft.size());
      }
      assertTrue(draft(merger).size() <= 5, "nothing is accepted any more, and steps cost more");
    }
  }

  @Test
  void aFixedNumberOfDraftTokensNeitherUsesNorChangesWhatWasLearned() throws IOException {
    learn();
    Path file = onlyFile();
    String before = Files.readString(file);
    CostMemory memory = memory();
    try (DraftMerger merger = merger(OptionalInt.of(3))) {
      merger.begin(memory);
      assertEquals(4, draft(merger).size());
      merger.remember(memory);
    }
    memory.save();
    assertEquals(before, Files.readString(file));
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      List<Path> all = files.toList();
      assertEquals(1, all.size());
      return all.get(0);
    }
  }

  @Test
  void theFileIsTheUsersAloneAndNamesNothing() throws IOException {
    learn();
    Path file = onlyFile();
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertTrue(file.getFileName().toString().matches("[0-9a-f]{32}\\.json"), file.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{",
        "nonsense",
        "{\"times\":{\"mostTokens\":5,\"counts\":[1],\"tokens\":[1],\"seconds\":[1]}}",
        "{\"times\":null,\"draftTokens\":null,\"drafters\":null}",
        "{\"drafters\":{\"counting\":{\"tokensAlone\":-1,\"seconds\":NaN,\"byDepth\":[]}}}"
      })
  void aFileThatMakesNoSenseIsNotRemembered(String content) throws IOException {
    learn();
    Path file = onlyFile();
    Files.writeString(file, content);
    assertEquals(1, firstDraft(memory()));
    learn();
    assertEquals(17, firstDraft(memory()), "written anew");
  }

  @Test
  void numbersThatCannotBeAreNotRemembered() throws IOException {
    learn();
    Path file = onlyFile();
    String good = Files.readString(file);
    for (String bad : List.of("-1.0", "1e300", "NaN", "\"x\"")) {
      Files.writeString(file, good.replaceFirst("\"expected\":[^,]*", "\"expected\":" + bad));
      assertEquals(1, firstDraft(memory()), bad);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsNoReasonToFail() {
    CostMemory memory = CostMemory.in(Path.of("/dev/null/costs"), SITUATION);
    try (DraftMerger merger = merger()) {
      roundTrip(merger);
      merger.remember(memory);
    }
    memory.save();
    assertEquals(8, firstDraft(memory), "in this process it is remembered all the same");
  }
}
