package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.runtime.DecoderScript.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** The largest logits, which are looked for in pieces of a row, are those of the whole row. */
class LargestLogitsTest {
  private static final int ROWS = 3;

  private static PtNDManager manager;
  private static DecoderScript script;

  @BeforeContainer
  static void open() {
    manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
    script = new DecoderScript(manager, new RandomCheckpoint(7).config(), Kind.PLAIN);
  }

  @AfterContainer
  static void close() {
    script.close();
    manager.close();
  }

  @Property(tries = 100)
  void theyAreThoseOfTheWholeRow(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 2000) int vocabulary,
      @ForAll @IntRange(min = 1, max = 16) int most) {
    int count = Math.min(most, vocabulary);
    float[] logits = new float[ROWS * vocabulary];
    Random random = new Random(seed);
    IntStream.range(0, logits.length).forEach(i -> logits[i] = (float) random.nextGaussian());
    try (PtNDManager scope = manager.newSubManager(Device.cpu());
        IValue rows = IValue.from((PtNDArray) scope.create(logits, new Shape(ROWS, vocabulary)));
        IValue tokens = IValue.from((PtNDArray) scope.create(new long[ROWS], new Shape(ROWS, 1)));
        IValue wanted = IValue.from((long) count);
        IValue result = script.run("ranked", rows, tokens, wanted)) {
      float[] found = result.toTensor(scope).toFloatArray();
      for (int row = 0; row < ROWS; row++) {
        int start = row * vocabulary;
        List<Integer> expected =
            IntStream.range(0, vocabulary)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -logits[start + id]))
                .limit(count)
                .toList();
        int at = row * (2 + 2 * count) + 2;
        for (int i = 0; i < count; i++) {
          assertEquals(logits[start + expected.get(i)], found[at + i]);
          assertEquals(expected.get(i), (int) found[at + count + i]);
        }
      }
    }
  }
}
