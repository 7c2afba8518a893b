package dev.bookend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.TextModel;
import dev.bookend.learning.OnlineLearning.Improvement;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallTextModel;
import dev.bookend.training.StandInTraining;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small random model of width 24, and a head that has seen hardly more than it needs. */
class OnlineLearningTest {
  private static final int PROMPT = 20;

  @TempDir private static Path directory;

  private static TextModel text;
  private static SplitModel model;
  private static byte[] poor;

  private final BlockingQueue<Improvement> improvements = new LinkedBlockingQueue<>();
  private final Random random = new Random(5);

  @BeforeAll
  static void open() {
    text =
        TextModel.open(
            SmallTextModel.checkpoint(), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
    model = text.model();
    Path out = directory.resolve("poor.standin");
    int[] few = new Random(1).ints(60, 0, model.config().vocabularySize()).toArray();
    new StandInTraining(text, Optional.empty(), 1, (phase, done, total) -> {}, better -> {})
        .fromTexts(List.of(few), 1000, Optional.of(out));
    poor = new StandInFile(out, model.contract()).read();
  }

  @AfterAll
  static void close() {
    text.close();
  }

  private OnlineLearning learning(Path file) {
    return OnlineLearning.of(
        model.draftHeads(), poor, new StandInFile(file, model.contract()), improvements::add);
  }

  private void answer(OnlineLearning learning) {
    try (Session session = model.newSession()) {
      session.prefill(random.ints(120, 0, model.config().vocabularySize()).toArray());
      learning.add(session, PROMPT);
    }
  }

  /** Adds answers until the head has become better, or for a minute. */
  private Improvement improvement(OnlineLearning learning) throws InterruptedException {
    Improvement better = null;
    for (int i = 0; better == null && i < 6000; i++) {
      answer(learning);
      better = improvements.poll(10, TimeUnit.MILLISECONDS);
    }
    return better;
  }

  @Test
  void aHeadBecomesBetterAndIsWritten() throws Exception {
    Path file = directory.resolve("better.standin");
    try (OnlineLearning learning = learning(file)) {
      Improvement better = improvement(learning);
      assertNotNull(better, "no better within a minute");
      assertTrue(better.now() > better.before(), better.toString());
      byte[] written = new StandInFile(file, model.contract()).read();
      assertEquals(poor.length, written.length);
      model.draftHeads().standIn(written).close();
    }
  }

  @Test
  void nothingIsLearnedWhileSomebodyWaitsForAnAnswer() throws Exception {
    Path file = directory.resolve("busy.standin");
    try (OnlineLearning learning = learning(file)) {
      learning.begun();
      IntStream.range(0, 100).forEach(i -> answer(learning));
      assertTrue(learning.answers() <= 33, "waiting: " + learning.answers());
      Thread.sleep(3000);
      assertFalse(Files.exists(file));
      int waiting = learning.answers();
      answer(learning);
      assertEquals(waiting, learning.answers(), "one more was taken from those that wait");
      learning.ended();
      assertNotNull(improvement(learning));
    }
  }

  @Test
  void shortAnswersAreLeftOut() {
    try (OnlineLearning learning = learning(directory.resolve("short.standin"));
        Session session = model.newSession()) {
      session.prefill(random.ints(24, 0, model.config().vocabularySize()).toArray());
      learning.add(session, PROMPT);
      assertEquals(0, learning.answers());
    }
  }
}
