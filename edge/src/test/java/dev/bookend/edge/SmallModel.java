package dev.bookend.edge;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.decoder.Decoder;
import dev.bookend.model.decoder.DecoderRange;
import dev.bookend.model.decoder.GreedyChoice;
import dev.bookend.model.decoder.KvCache;
import dev.bookend.model.decoder.OutputHead;
import dev.bookend.model.decoder.RandomCheckpoint;
import dev.bookend.model.decoder.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** A random model of four layers, and what it says when it runs whole in one process. */
final class SmallModel {
  private static final RandomCheckpoint CHECKPOINT = new RandomCheckpoint(7);
  static final int VOCABULARY = 50;

  private SmallModel() {}

  static RandomCheckpoint checkpoint() {
    return CHECKPOINT;
  }

  /** Plain greedy decoding: one decoder range of all layers, no cloud. */
  static List<Integer> greedy(int[] prompt, int count) {
    try (Decoder decoder = Decoder.open(CHECKPOINT, Device.cpu(), FloatType.F32);
        DecoderRange layers = decoder.range(0, 4);
        OutputHead head = decoder.outputHead();
        KvCache cache = layers.newCache()) {
      List<Integer> answer = new ArrayList<>();
      int[] next = prompt;
      int done = 0;
      while (answer.size() < count) {
        try (NDManager scope = decoder.newScope()) {
          NDArray embedded = decoder.embedding().embed(scope, next);
          NDArray hidden = layers.forward(embedded, chain(done, next.length), cache);
          GreedyChoice[] choices = head.greedy(hidden);
          answer.add(choices[choices.length - 1].token());
        }
        done += next.length;
        next = new int[] {answer.get(answer.size() - 1)};
      }
      return answer;
    }
  }

  private static Step chain(int from, int tokens) {
    BitSet cached = new BitSet();
    cached.set(0, from);
    int[] positions = new int[tokens];
    Arrays.setAll(positions, i -> from + i);
    return Step.chain(positions, positions, cached, (from + tokens + 63) / 64 * 64);
  }
}
