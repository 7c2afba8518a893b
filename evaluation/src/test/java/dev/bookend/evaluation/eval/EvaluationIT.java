package dev.bookend.evaluation.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.TextModel;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts on the sample model, its middle behind a real gRPC connection. */
class EvaluationIT {
  private static final String TEXT = "The river runs past the old mill, and then down to the sea.";
  private static TextModel model;

  @BeforeAll
  static void open() {
    model = TextModel.open(SampleModel.open(), SplitOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static ResultLog<Result> memory() {
    return Result.log(Optional.empty());
  }

  private static List<Result> run(int window, ResultLog<Result> log, Task... tasks) {
    Evaluation.Settings settings =
        new Evaluation.Settings(
            task -> SequentialDecoding.GREEDY,
            model.model()::newSession,
            12,
            window,
            "window " + window);
    return new Evaluation(model, settings, log, (what, done, total) -> {})
        .run(List.of(tasks), result -> {});
  }

  /** By another way: the whole model's logits after each prefix. */
  @Test
  void aTextsLikelihoodIsThatOfTheWholeModel() {
    int[] tokens = model.rawPrompt(TEXT);
    double expected = 0;
    try (Checkpoint checkpoint = SampleModel.open();
        WholeModel whole = new WholeModel(checkpoint, Device.cpu(), WeightType.F32)) {
      for (int i = 1; i < tokens.length; i++) {
        float[] logits = whole.logits(Arrays.copyOf(tokens, i));
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit - logits[tokens[i]]);
        }
        expected -= Math.log(sum);
      }
    }
    Result result = run(1000, memory(), new Task.Perplexity("1", "all", TEXT)).get(0);
    assertEquals(expected, result.scored().logLikelihood(), 1e-2);
    assertEquals(Math.exp(-expected / (tokens.length - 1)), result.scored().perplexity(), 1e-2);
    assertEquals(tokens.length - 1, result.tokens());
    // The first token, "The", is predicted from nothing.
    assertEquals(TEXT.length() - 3, result.scored().bytes());
  }

  @Test
  void aLongTextIsReadInWindowsAndEachTokenCountsOnce() {
    Task text = new Task.Perplexity("1", "all", TEXT);
    Result whole = run(1000, memory(), text).get(0);
    Result exactly = run(whole.tokens() + 1, memory(), text).get(0);
    assertEquals(whole.scored().logLikelihood(), exactly.scored().logLikelihood());
    for (int window : new int[] {2, 3, 6, whole.tokens()}) {
      Result windowed = run(window, memory(), text).get(0);
      assertEquals(whole.tokens(), windowed.tokens());
      assertNotEquals(whole.scored().logLikelihood(), windowed.scored().logLikelihood());
      assertTrue(windowed.scored().logLikelihood() < -1, windowed.toString());
    }
  }

  @Test
  void aContinuationIsGreedyWhereTheModelWouldSayIt() {
    Task prompt = new Task.Answer("1", "all", TEXT, true, 6, List.of());
    String said = run(1000, memory(), prompt).get(0).generated().answer();
    List<Result> results =
        run(
            1000,
            memory(),
            new Task.Likelihood("1", "all", TEXT, said),
            new Task.Likelihood("2", "all", TEXT + " ", said.strip()),
            new Task.Likelihood("3", "all", TEXT, " Zebras compute integrals."));
    assertTrue(results.get(0).scored().isGreedy());
    assertEquals(
        results.get(0).scored().logLikelihood(), results.get(1).scored().logLikelihood(), 1e-4);
    assertFalse(results.get(2).scored().isGreedy());
    assertTrue(results.get(2).scored().logLikelihood() < results.get(0).scored().logLikelihood());
  }

  @Test
  void anAnswerEndsBeforeItsStopText() {
    Task plain = new Task.Answer("1", "all", "1, 2, 3, 4,", true, 12, List.of());
    Task stopped = new Task.Answer("1", "all", "1, 2, 3, 4,", true, 12, List.of("9", " 6"));
    List<Result> results = run(1000, memory(), plain, stopped);
    assertEquals("length", results.get(0).generated().finishReason());
    assertTrue(
        results.get(0).generated().answer().startsWith(results.get(1).generated().answer() + " 6"));
    assertEquals("stop_text", results.get(1).generated().finishReason());
    assertEquals(" 5,", results.get(1).generated().answer());
  }

  @Test
  void whatIsTooLongHasAnErrorAndTheRestGoesOn() {
    Task tooLong = new Task.Answer("1", "all", "word ".repeat(9000), true, 2, List.of());
    Task fine = new Task.Answer("2", "all", "Hello", false, 2, List.of());
    List<Result> results = run(1000, memory(), tooLong, fine);
    assertTrue(results.get(0).error().contains("8192"), results.get(0).error());
    assertEquals(2, results.get(1).tokens());
    String text = EvalReport.of(results, 0, Provenance.here("c", "1", "m", "w")).toText();
    assertTrue(text.contains("1 WITHOUT A RESULT"), text);
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstStopped(@TempDir Path directory) {
    Optional<Path> out = Optional.of(directory.resolve("new"));
    Task first = new Task.Perplexity("1", "all", TEXT);
    Task second = new Task.Likelihood("2", "all", TEXT, " It rains.");
    List<Result> once = run(50, Result.log(out), first);
    List<Result> both = run(50, Result.log(out), first, second);
    assertEquals(once.get(0), both.get(0)); // its time too: it was not run again
    assertEquals(both, run(50, Result.log(out), first, second));
  }
}
