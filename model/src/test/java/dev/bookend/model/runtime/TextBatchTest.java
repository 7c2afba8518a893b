package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Texts that grow side by side have the hidden states that each has alone. */
class TextBatchTest {
  private static final int LAYERS = 4;
  private static final int LENGTH = 9;

  private static float[] alone(Decoder decoder, DecoderRange all, int... tokens) {
    try (NDManager scope = decoder.newScope();
        KvCache cache = all.newCache()) {
      int[] positions = IntStream.range(0, tokens.length).toArray();
      Step step = Step.chain(positions, positions, new BitSet(), 64);
      NDArray hidden = all.forward(decoder.embedding().embed(scope, tokens), step, cache);
      return hidden.get(tokens.length - 1).toFloatArray();
    }
  }

  @Test
  void itIsAsIfEachTextWereAlone() {
    int[][] texts = {{3, 14, 15, 9, 26}, {2, 7}, {1, 8, 28, 18, 2, 8, 45, 9, 4}};
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(5), Device.cpu(), WeightType.F32);
        DecoderRange all = decoder.range(0, LAYERS);
        TextBatch batch = decoder.texts(2, LENGTH, 1, 3)) {
      // The third text takes the place of the second when that has ended.
      int[] text = {0, 1};
      int[] ran = {0, 0};
      for (int step = 0; step < texts[1].length + texts[2].length; step++) {
        try (NDManager scope = decoder.newScope()) {
          int[] tokens = {texts[text[0]][ran[0] % 5], texts[text[1]][ran[1]]};
          List<NDArray> outputs = batch.forward(decoder.embedding().embed(scope, tokens), ran);
          NDArray hidden = outputs.get(2);
          for (int place = 0; place < 2; place++) {
            ran[place]++;
            if (ran[place] == texts[text[place]].length) {
              assertArrayEquals(
                  alone(decoder, all, texts[text[place]]),
                  hidden.get(place).toFloatArray(),
                  1e-4f,
                  "text " + text[place]);
              text[place] = place == 1 ? 2 : 0;
              ran[place] = 0;
            }
          }
        }
      }
    }
  }
}
