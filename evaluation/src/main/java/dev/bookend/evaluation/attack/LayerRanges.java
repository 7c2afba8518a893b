package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Embedding;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A public model's embedding and some of its layers from the first on, cut at some depths. */
class LayerRanges {
  private final ModelConfig config;
  private final Embedding embedding;
  private final Supplier<NDManager> scopes;
  private final TreeMap<Integer, DecoderRange> ranges;

  /**
   * @param config of the whole model
   * @param scopes makes managers for the tensors of one step
   * @param ranges by their upper ends, without gaps
   */
  LayerRanges(
      ModelConfig config,
      Embedding embedding,
      Supplier<NDManager> scopes,
      SortedMap<Integer, DecoderRange> ranges) {
    this.config = config;
    this.embedding = embedding;
    this.scopes = scopes;
    this.ranges = new TreeMap<>(ranges);
  }

  final int layers() {
    return config.layers();
  }

  final int hiddenSize() {
    return config.hiddenSize();
  }

  final int vocabularySize() {
    return config.vocabularySize();
  }

  final NDManager newScope() {
    return scopes.get();
  }

  /** FP32 [T,H], attached to the scope. */
  final NDArray embed(NDManager scope, int... tokens) {
    return embedding.embed(scope, tokens);
  }

  /** FP32 [V,H], attached to the scope. */
  final NDArray wholeEmbedding(NDManager scope) {
    return embed(scope, IntStream.range(0, vocabularySize()).toArray());
  }

  /** A new session of layers [from,to); each end is a cut, 0 or the number of layers. */
  final Run run(int from, int to) {
    return new Run(from, to);
  }

  /** One session of some layers: a cache for each range between two cuts. */
  final class Run implements AutoCloseable {
    private final List<Integer> ends;
    private final List<KvCache> caches = new ArrayList<>();

    private Run(int from, int to) {
      ends = List.copyOf(ranges.subMap(from, false, to, true).keySet());
      ends.forEach(end -> caches.add(ranges.get(end).newCache()));
    }

    /**
     * Runs the layers over a step's new tokens.
     *
     * @param hidden FP32 [T,H]
     * @return by depth, the hidden states there: FP32 [T,H], attached to the manager of {@code
     *     hidden}
     */
    Map<Integer, NDArray> forward(NDArray hidden, Step step) {
      Map<Integer, NDArray> states = new TreeMap<>();
      NDArray current = hidden;
      for (int i = 0; i < ends.size(); i++) {
        current = ranges.get(ends.get(i)).forward(current, step, caches.get(i));
        states.put(ends.get(i), current);
      }
      return states;
    }

    /** The hidden states at the last depth that {@link #forward} gives. */
    NDArray last(NDArray hidden, Step step) {
      return forward(hidden, step)
          .getOrDefault(ends.isEmpty() ? 0 : ends.get(ends.size() - 1), hidden);
    }

    @Override
    public void close() {
      caches.forEach(KvCache::close);
    }
  }

  /** A step of consecutive tokens, each in the slot with the number of its position. */
  static Step chain(int from, int tokens) {
    BitSet cached = new BitSet();
    cached.set(0, from);
    int[] positions = IntStream.range(from, from + tokens).toArray();
    return Step.chain(positions, positions, cached, Step.capacityFor(from + tokens));
  }

  /**
   * A step of tokens at the same position, each of which sees only the cached ones.
   *
   * @param slots of the new tokens
   */
  static Step siblings(int position, int[] slots, BitSet cached) {
    int[] positions = new int[slots.length];
    Arrays.fill(positions, position);
    int[] parents = new int[slots.length];
    Arrays.fill(parents, -1);
    int last = Math.max(cached.length(), Arrays.stream(slots).max().orElse(0) + 1);
    return Step.tree(positions, slots, cached, Step.capacityFor(last), parents);
  }
}
