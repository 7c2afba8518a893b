package dev.bookend.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.runtime.EagleDistillation;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.Session;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.drafthead.EagleDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A head that is trained here is read, and drafts, as published ones are. */
class TrainedEagleHeadTest {
  private static final int ANSWER = 60;

  /** The output of the last of four layers. */
  private static final List<Integer> LAST = List.of(4);

  /** Training and drafting agree on what the head is given, and in which place. */
  @Test
  void whatItHasLearnedByHeartIsAccepted(@TempDir Path directory) {
    SplitModel model = SmallModel.split();
    int[] prompt = new Random(5).ints(20, 0, SmallModel.VOCABULARY).toArray();
    List<Integer> answer = SmallModel.greedy(prompt, ANSWER);
    int[] text =
        IntStream.concat(IntStream.of(prompt), answer.stream().mapToInt(token -> token)).toArray();
    int[] tokens = IntStream.range(0, SmallModel.VOCABULARY).toArray();
    float[] agreed = train(model, text, prompt.length - 1, tokens, directory);
    assertTrue(agreed[0] > 0.9 && agreed[2] > 0.8, agreed[0] + ", " + agreed[2]);
    try (Session session = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new EagleDrafter("eagle:here", model.draftHeads().eagle().in(directory))),
                OptionalInt.of(24))) {
      Generation actual = speculative.decode(session, prompt, ANSWER, Set.of(), token -> true);
      assertEquals(answer, actual.tokens());
      int accepted = actual.metrics().drafters().get(0).accepted();
      // Each round trip adds a token of the model's own to those that are accepted.
      assertTrue(accepted > 35, "accepted: " + accepted);
    }
  }

  /** Trains on one text, and writes the head; how often it is right in the end. */
  private static float[] train(
      SplitModel model, int[] text, int from, int[] tokens, Path directory) {
    try (Session session = model.newSession();
        NDManager scope = model.edge().newScope();
        EagleDistillation training = model.draftHeads().eagleDistillation(tokens)) {
      session.keepTaps(LAST);
      session.prefill(text);
      EdgeLayers layers = session.draftLayers();
      NDArray upper =
          scope.create(
              layers.tapped(4, 0, text.length),
              new Shape(text.length, layers.hiddenSize()),
              DataType.FLOAT32);
      ByteBuffer features =
          model.edge().head().normed(upper).toType(DataType.FLOAT16, true).toByteBuffer();
      NDArray embedded = layers.embed(scope, text);
      for (int step = 0; step < 250; step++) {
        float unused = training.learn(embedded, features, from, 0.01);
      }
      new EagleFiles(directory, model.config()).write(training.learned(), tokens);
      return training.agreement(embedded, features, from);
    }
  }
}
