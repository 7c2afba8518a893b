package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.TextModel;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallTextModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stand-in heads trained for a small random model of width 24, with a context of 512 tokens. */
class TrainedStandInHeadTest {
  private static TextModel text;
  private static SplitModel model;

  @TempDir private Path directory;

  /** For each phase, what was told of it last: tokens done and tokens in all. */
  private final Map<String, List<Long>> progress = new LinkedHashMap<>();

  private final List<Agreement> agreements = new ArrayList<>();

  @BeforeAll
  static void open() {
    text =
        TextModel.open(
            SmallTextModel.checkpoint(), SplitOptions.DEFAULT.withSplit(new Split(1, 1)));
    model = text.model();
  }

  @AfterAll
  static void close() {
    text.close();
  }

  private StandInTraining training(int epochs) {
    return training(epochs, Optional.empty());
  }

  private StandInTraining training(int epochs, Optional<Path> begun) {
    return new StandInTraining(
        text,
        begun,
        epochs,
        (phase, done, total) -> progress.put(phase, List.of(done, total)),
        agreements::add);
  }

  private static List<int[]> randomTexts(int... lengths) {
    Random random = new Random(3);
    List<int[]> texts = new ArrayList<>();
    for (int length : lengths) {
      texts.add(random.ints(length, 0, model.config().vocabularySize()).toArray());
    }
    return texts;
  }

  /** Drafts with the head in a file; its draft tokens do not change the answer. */
  private static int accepted(Path file) {
    return accepted(file, text);
  }

  private static int accepted(Path file, TextModel text) {
    SplitModel model = text.model();
    byte[] weights = new StandInFile(file, model.contract()).read();
    int[] prompt = text.rawPrompt("the river bends");
    try (StandInHead head = model.draftHeads().standIn(weights);
        Session session = model.newSession();
        Session other = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY, List.of(new StandInDrafter(head)), OptionalInt.of(16))) {
      Generation expected =
          SequentialDecoding.GREEDY.decode(session, prompt, 60, Set.of(), token -> true);
      Generation actual = speculative.decode(other, prompt, 60, Set.of(), token -> true);
      assertEquals(expected.tokens(), actual.tokens());
      return actual.metrics().drafters().get(0).accepted();
    }
  }

  @Test
  void aHeadTrainedOnTextsHasDraftTokensAccepted() {
    Path out = directory.resolve("below").resolve("head.standin");
    List<int[]> texts = randomTexts(700, 100, 5);
    assertEquals(out, training(2).fromTexts(texts, 5000, Optional.of(out)));
    assertEquals(List.of(805L, 805L), progress.get("reading"));
    assertEquals(List.of(1600L, 1600L), progress.get("learning"), "texts of 8 tokens on, twice");
    assertEquals(List.of(), agreements, "there are too few texts to hold some out");
    int accepted = accepted(out);
    assertTrue(accepted > 8, "accepted: " + accepted);
  }

  /** It goes on from where it was, and does not begin anew. */
  @Test
  void aHeadLearnsMore() {
    Path first = directory.resolve("first.standin");
    List<int[]> texts = randomTexts(60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60);
    training(1).fromTexts(texts, 5000, Optional.of(first));
    Agreement before = agreements.get(agreements.size() - 1);
    Path second = directory.resolve("second.standin");
    agreements.clear();
    training(6, Optional.of(first)).fromTexts(texts, 5000, Optional.of(second));
    assertEquals(before.first(), agreements.get(0).first(), 0.02, "as it begins");
    Agreement after = agreements.get(agreements.size() - 1);
    assertTrue(after.loss() < before.loss(), before + ", " + after);
    assertTrue(after.mean() > before.mean(), before + ", " + after);
  }

  @Test
  void aHeadDraftsAsWellInIntegers() {
    Path out = directory.resolve("head.standin");
    training(2).fromTexts(randomTexts(700, 100), 5000, Optional.of(out));
    int expected = accepted(out);
    SplitOptions int8 =
        SplitOptions.DEFAULT.withSplit(new Split(1, 1)).withDevice(Device.cpu(), WeightType.INT8);
    try (TextModel integers = TextModel.open(SmallTextModel.checkpoint(), int8)) {
      int accepted = accepted(out, integers);
      assertTrue(accepted >= expected / 2 && accepted > 4, accepted + ", in FP32 " + expected);
    }
  }

  @Test
  void noMoreTokensAreReadThanWereAskedFor() {
    Path out = directory.resolve("head.standin");
    training(1).fromTexts(randomTexts(600, 600), 530, Optional.of(out));
    assertEquals(List.of(530L, 530L), progress.get("reading"));
    assertTrue(Files.exists(out));
  }

  @Test
  void textsThatAreTooShortAreRefused() {
    Path out = directory.resolve("head.standin");
    for (int tokens : new int[] {0, 48}) {
      BookendException e =
          assertThrows(
              BookendException.class,
              () -> training(1).fromTexts(randomTexts(tokens), 5000, Optional.of(out)));
      assertEquals(ErrorCode.TRAINING_TEXT_TOO_SHORT, e.code());
      assertTrue(e.getMessage().contains(tokens + " tokens"), e.getMessage());
    }
    assertFalse(Files.exists(out));
  }

  @Test
  void aHeadTrainedOnTheModelsOwnTextHasDraftTokensAccepted() {
    Path out = directory.resolve("head.standin");
    List<String> kept = new ArrayList<>();
    assertEquals(out, training(1).fromOwnText(700, 1, kept::add, Optional.of(out)));
    assertEquals(List.of("writing", "learning"), List.copyOf(progress.keySet()));
    assertEquals(List.of(700L, 700L), progress.get("writing"));
    assertThrows(
        BookendException.class,
        () -> training(1).fromOwnText(40, 1, one -> {}, Optional.of(out)),
        "48 weights");
    assertTrue(
        kept.stream().anyMatch(one -> one.startsWith("<user>Write a short story")),
        kept.toString());
    int accepted = accepted(out);
    assertTrue(accepted > 8, "accepted: " + accepted);
  }

  @Test
  void textsAreSeparatedByFormFeeds() {
    List<int[]> texts = training(1).texts("one river \ftwo rivers\f");
    assertEquals(3, texts.size());
    assertEquals("one river", text.tokenizer().decode(texts.get(0)));
    assertEquals("two rivers", text.tokenizer().decode(texts.get(1)));
  }
}
