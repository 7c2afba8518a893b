package dev.bookend.edge;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.decoder.Decoder;
import dev.bookend.model.decoder.DecoderRange;
import dev.bookend.model.decoder.KvCache;
import dev.bookend.model.decoder.OutputHead;
import dev.bookend.model.decoder.Step;
import dev.bookend.model.decoder.TokenChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/** Plain greedy decoding in one process: one decoder range of all layers, no cloud. */
final class WholeModel implements AutoCloseable {
  private final Decoder decoder;
  private final DecoderRange layers;
  private final OutputHead head;

  WholeModel(Checkpoint checkpoint) {
    decoder = Decoder.open(checkpoint, Device.cpu(), FloatType.F32);
    layers = decoder.range(0, decoder.config().layers());
    head = decoder.outputHead();
  }

  List<Integer> greedy(int[] prompt, int count) {
    try (KvCache cache = layers.newCache()) {
      List<Integer> answer = new ArrayList<>();
      OptionalInt window = decoder.config().slidingWindow();
      for (int done = 0; answer.size() < count; ) {
        int end = window.isPresent() ? done + 1 : prompt.length;
        int[] next =
            done < prompt.length
                ? Arrays.copyOfRange(prompt, done, end)
                : new int[] {answer.get(answer.size() - 1)};
        int first = window.isPresent() ? Math.max(0, done - window.getAsInt() + 1) : 0;
        done += next.length;
        try (NDManager scope = decoder.newScope()) {
          NDArray embedded = decoder.embedding().embed(scope, next);
          Step step = chain(first, done - next.length, next.length);
          TokenChoice[] choices = head.greedy(layers.forward(embedded, step, cache));
          if (done >= prompt.length) {
            answer.add(choices[choices.length - 1].token());
          }
        }
      }
      return answer;
    }
  }

  /** Logits after the last token. */
  float[] logits(int[] tokens) {
    try (KvCache cache = layers.newCache();
        NDManager scope = decoder.newScope()) {
      NDArray embedded = decoder.embedding().embed(scope, tokens);
      NDArray hidden = layers.forward(embedded, chain(0, 0, tokens.length), cache);
      return head.logits(hidden).get(tokens.length - 1).toFloatArray();
    }
  }

  private static Step chain(int firstSeen, int from, int tokens) {
    BitSet cached = new BitSet();
    cached.set(firstSeen, from);
    int[] positions = new int[tokens];
    Arrays.setAll(positions, i -> from + i);
    return Step.chain(positions, positions, cached, (from + tokens + 63) / 64 * 64);
  }

  @Override
  public void close() {
    head.close();
    layers.close();
    decoder.close();
  }
}
