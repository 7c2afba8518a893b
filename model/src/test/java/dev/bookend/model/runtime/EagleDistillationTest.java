package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EagleDistillationTest {
  private static final int H = 24;
  private static final int TOKENS = 20;
  private static final int FROM = 4;

  private static NDArray random(NDManager scope, Random random) {
    float[] numbers = new float[TOKENS * H];
    IntStream.range(0, numbers.length).forEach(i -> numbers[i] = (float) random.nextGaussian());
    return scope.create(numbers, new Shape(TOKENS, H));
  }

  private static ByteBuffer halves(NDArray array) {
    return array.toType(DataType.FLOAT16, true).toByteBuffer();
  }

  @Test
  void itComesCloserToTheModelAndLeavesItAsItWas() {
    Random random = new Random(3);
    int[] tokens = IntStream.range(0, 50).toArray();
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(1), Device.cpu(), WeightType.F32);
        NDManager scope = decoder.newScope()) {
      NDArray embedded = random(scope, random);
      ByteBuffer features = halves(random(scope, random));
      float first;
      float last = 0;
      float[] agreed;
      try (EagleDistillation training = decoder.eagleDistillation(tokens)) {
        first = training.learn(embedded, features, FROM, 0.01);
        for (int step = 0; step < 300; step++) {
          last = training.learn(embedded, features, FROM, 0.01);
        }
        agreed = training.agreement(embedded, features, FROM);
      }
      assertTrue(last < first, first + " became " + last);
      assertEquals(3, agreed.length);
      for (float part : agreed) {
        assertTrue(part > 0.8, "it has learned the text by heart: " + part);
      }
      try (EagleDistillation another = decoder.eagleDistillation(tokens)) {
        assertEquals(first, another.learn(embedded, features, FROM, 0.01));
      }
    }
  }

  /** However large the features are: as sure of wrong tokens, it would have much to unlearn. */
  @Test
  void aHeadBeginsAboutAsSureAsWhoGuesses() {
    int tokens = 50;
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(2), Device.cpu(), WeightType.F32);
        NDManager scope = decoder.newScope();
        EagleDistillation training =
            decoder.eagleDistillation(IntStream.range(0, tokens).toArray())) {
      NDArray embedded = random(scope, new Random(4));
      NDArray large = random(scope, new Random(5)).mul(30);
      double ofGuessing = (1 + 0.8 + 0.64) * Math.log(tokens); // of three passes
      float loss = training.learn(embedded, halves(large), FROM, 0.01);
      assertTrue(loss < 1.5 * ofGuessing, loss + " nats");
    }
  }
}
