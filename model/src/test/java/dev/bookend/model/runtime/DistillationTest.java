package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A stand-in head learns, and what it has learned runs as any decoder layer does. */
class DistillationTest {
  private static final int H = 24;
  private static final int TOKENS = 20;
  private static final int UPPER = 2; // first upper layer

  private static NDArray random(NDManager scope, Random random, double scale, long... shape) {
    Shape size = new Shape(shape);
    float[] numbers = new float[(int) size.size()];
    IntStream.range(0, numbers.length)
        .forEach(i -> numbers[i] = (float) (scale * random.nextGaussian()));
    return scope.create(numbers, size);
  }

  @Test
  void itComesCloserToTheModelAndLeavesItAsItWas() {
    Random random = new Random(3);
    int[] tokens = IntStream.range(0, 50).toArray();
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(1), Device.cpu(), WeightType.F32);
        NDManager scope = decoder.newScope()) {
      NDArray map = random(scope, random, 0.1, 2 * H + 1, H);
      ByteBuffer lower = random(scope, random, 1, TOKENS, H).toByteBuffer();
      ByteBuffer middle = random(scope, random, 1, TOKENS, H).toByteBuffer();
      float first;
      float last = 0;
      try (Distillation distillation = decoder.distillation(UPPER, tokens, List.of(map))) {
        first = distillation.learn(lower, middle, 4, 0.01);
        for (int step = 0; step < 200; step++) {
          last = distillation.learn(lower, middle, 4, 0.01);
        }
      }
      assertTrue(last < 0.9 * first, first + " became " + last);
      try (Distillation another = decoder.distillation(UPPER, tokens, List.of(map))) {
        assertEquals(first, another.learn(lower, middle, 4, 0.01));
      }
    }
  }

  /**
   * If the stand-in head is right from the start, the loss is the model's own entropy, once for
   * each pass. This shows that the passes and their masks agree with the decoder.
   */
  @Test
  void aPerfectStandInIsAsFarAsTheModelIsFromItself() {
    Random random = new Random(4);
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(2), Device.cpu(), WeightType.F32);
        DecoderRange upper = decoder.range(UPPER, 4);
        KvCache cache = upper.newCache();
        OutputHead head = decoder.outputHead();
        NDManager scope = decoder.newScope()) {
      NDArray map = random(scope, random, 0.3, 2 * H + 1, H);
      NDArray lower = random(scope, random, 1, TOKENS, H);
      float[] rows = new float[TOKENS * H];
      NDArray before = scope.zeros(new Shape(1, H));
      for (int token = 0; token < TOKENS; token++) {
        NDArray inputs = lower.get(token + ":" + (token + 1)).concat(before, 1);
        before = inputs.matMul(map.get("0:" + 2 * H)).add(map.get(2 * H));
        System.arraycopy(before.toFloatArray(), 0, rows, token * H, H);
      }
      NDArray middle = scope.create(rows, new Shape(TOKENS, H));
      int[] positions = IntStream.range(0, TOKENS).toArray();
      Step step = Step.chain(positions, positions, new BitSet(), 64);
      NDArray logits = head.logits(upper.forward(middle, step, cache)).get("4:");
      NDArray logs = logits.logSoftmax(1);
      double entropy = -logs.exp().mul(logs).sum().getFloat() / (TOKENS - 4);
      try (Distillation distillation =
          decoder.distillation(UPPER, IntStream.range(0, 50).toArray(), List.of(map))) {
        float distance = distillation.learn(lower.toByteBuffer(), middle.toByteBuffer(), 4, 0);
        assertEquals(entropy * (1 + 0.8 + 0.64), distance, 1e-3);
      }
    }
  }
}
