package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.store.Progress;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The hidden state of every token of the vocabulary at some depths, each after the same beginning.
 * It is made once for a model. Tokens are run as siblings in a tree, so that a few hundred take one
 * step.
 */
final class Codebook {
  static final int BATCH = 256;

  private Codebook() {}

  /**
   * Runs the whole vocabulary through the lower layers.
   *
   * @param kept what the states are attached to
   * @param beginning tokens before each; at least one, because the state of a text's first token is
   *     unlike all others
   * @return by depth, FP32 [V,H], each state scaled to a mean square of 1
   */
  static Map<Integer, NDArray> make(
      LayerRanges layers,
      Collection<Integer> depths,
      NDManager kept,
      int[] beginning,
      Progress progress) {
    int size = layers.vocabularySize();
    Map<Integer, NDArray> book = new TreeMap<>();
    depths.forEach(k -> book.put(k, kept.create(new Shape(size, layers.hiddenSize()))));
    try (LayerRanges.Run run = layers.run(0, depths.stream().max(Integer::compare).orElseThrow())) {
      try (NDManager scope = layers.newScope()) {
        run.forward(layers.embed(scope, beginning), LayerRanges.chain(0, beginning.length));
      }
      BitSet cached = new BitSet();
      cached.set(0, beginning.length);
      for (int from = 0; from < size; from += BATCH) {
        int to = Math.min(size, from + BATCH);
        try (NDManager scope = layers.newScope()) {
          NDArray embedded = layers.embed(scope, IntStream.range(from, to).toArray());
          int[] slots = IntStream.range(0, to - from).map(i -> cached.length() + i).toArray();
          Map<Integer, NDArray> out =
              run.forward(embedded, LayerRanges.siblings(cached.length(), slots, cached));
          NDIndex rows = new NDIndex("{}:{}", from, to);
          book.forEach((k, all) -> all.set(rows, Pairs.scaled(out.get(k))));
        }
        progress.update("codebook of tokens", to, size);
      }
    }
    return book;
  }
}
