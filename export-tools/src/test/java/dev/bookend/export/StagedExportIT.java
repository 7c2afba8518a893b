package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.diagnosis.Diagnosis;
import dev.bookend.diagnosis.Severity;
import dev.bookend.error.BookendException;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.remote.CloudServer;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A middle in three stages, as an ensemble on a real Triton server, compared with the embedded
 * cloud.
 */
class StagedExportIT {
  private static final RandomCheckpoint CHECKPOINT = Families.QWEN3.checkpoint();
  private static final Split SPLIT = new Split(1, 0);
  private static final int SESSIONS = 3;

  /** Longer than a step may be, so that steps are on their way at the same time. */
  private static final int[] PROMPT =
      IntStream.range(0, 45).map(i -> 1 + (i * i + 3 * i) % 49).toArray();

  private static final ExportOptions OPTIONS =
      ExportOptions.DEFAULT
          .withBackend(Backend.PYTHON)
          .withMaxTokensPerStep(8)
          .withMaxSessions(SESSIONS);

  @TempDir private static Path repository;

  private static TritonServer server;
  private static ServedMiddle middle;

  @BeforeAll
  static void start() throws IOException {
    export(OPTIONS, repository);
    onCpu(repository);
    server = TritonServer.start(repository);
    middle = ServedMiddle.of(CHECKPOINT, SPLIT, List.of(PROMPT)).get(0);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static ExportedModel export(ExportOptions options, Path target) {
    return StagedExport.write(CHECKPOINT, 1, 4, 3, options, target, (what, done, total) -> {});
  }

  /** Changes the configuration as its comment says for servers without GPUs. */
  private static void onCpu(Path models) throws IOException {
    for (int stage = 1; stage <= 3; stage++) {
      Path config = models.resolve("middle-1-4-stage-" + stage + "/config.pbtxt");
      String text = Files.readString(config);
      String pinned = " gpus: [ " + (stage - 1) + " ]";
      assertTrue(text.contains(pinned), text);
      Files.writeString(config, text.replace(pinned, ""));
    }
  }

  /**
   * Sessions one after the other, more than there are places, so that each stage must be told of
   * END.
   */
  @Test
  void tokensAreThoseOfTheEmbeddedCloudAndEveryStageIsGivenBack() {
    try (SplitModel model = middle.open(server)) {
      for (int i = 0; i < 3 * SESSIONS; i++) {
        middle.assertSameAnswer(model);
      }
    }
  }

  /** It is what one stage hands to the next, which puts it out as well. */
  @Test
  void theInputOfTheLayerHalfOfTheWayUpCanBeHad() {
    try (SplitModel model = middle.open(server)) {
      middle.assertTapped(model);
    }
  }

  @Test
  void sessionsInterleaveAndRejectedDraftTokensLeaveNoTrace() {
    try (SplitModel model = middle.open(server)) {
      ServedMiddle.assertSessionsInterleave(model, Collections.nCopies(SESSIONS, middle));
    }
  }

  /** One stage that has lost its caches, while the others have theirs, would spoil an answer. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 3", "1, 3"})
  void aSessionThatStagesHaveDroppedIsReplayed(int first, int last, @TempDir Path hasty)
      throws Exception {
    export(OPTIONS, hasty);
    onCpu(hasty);
    for (int stage = first; stage <= last; stage++) {
      ServedMiddle.makeForgetful(hasty.resolve("middle-1-4-stage-" + stage));
    }
    try (TritonServer forgetful = TritonServer.start(hasty);
        SplitModel model = middle.open(forgetful)) {
      middle.assertReplayed(model, ServedMiddle::waitUntilForgotten);
    }
  }

  @Test
  void theDoctorFindsTheEnsembleAmongItsStages() {
    Diagnosis diagnosis =
        Diagnosis.of(
            CloudServer.of(server.endpoint()),
            ConnectionOptions.DEFAULT,
            Optional.of(SPLIT.contract(CHECKPOINT)));
    assertEquals(Optional.empty(), diagnosis.failure(), diagnosis.toString());
    assertEquals(
        List.of("model middle-1-4: fits"),
        diagnosis.checks().stream()
            .filter(check -> check.detail().startsWith("fits"))
            .map(check -> check.check() + ": fits")
            .toList());
    assertTrue(
        diagnosis.checks().stream()
            .filter(check -> !check.check().equals("known faults")) // of this version of Triton
            .allMatch(check -> check.severity() == Severity.OK),
        diagnosis.toString());
  }

  @Test
  void aMiddleThatIsThereIsNotTouched() throws Exception {
    String message =
        assertThrows(BookendException.class, () -> export(OPTIONS, repository)).getMessage();
    assertTrue(message.contains("middle-1-4 is there already"), message);
  }

  @Test
  void moreStagesThanLayersAreRefused(@TempDir Path other) {
    for (int stages : new int[] {0, 1, 4}) {
      assertThrows(
          BookendException.class,
          () ->
              StagedExport.write(
                  CHECKPOINT, 1, 4, stages, OPTIONS, other, (what, done, total) -> {}));
    }
  }
}
