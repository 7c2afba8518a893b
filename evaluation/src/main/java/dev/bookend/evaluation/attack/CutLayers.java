package dev.bookend.evaluation.attack;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Embedding;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * All layers of a public model, cut at some depths, so that one pass gives the hidden states at
 * every cut, and the layers between two cuts can be run by themselves.
 */
final class CutLayers implements AutoCloseable {
  private final Decoder decoder;
  private final OutputHead head;
  private final Embedding embedding;
  private final TreeMap<Integer, DecoderRange> ranges = new TreeMap<>(); // by their upper ends

  /**
   * @param decoder closed with this
   * @param cuts depths in [1,L)
   */
  CutLayers(Decoder decoder, Collection<Integer> cuts) {
    this.decoder = decoder;
    this.head = decoder.outputHead();
    this.embedding = decoder.embedding();
    TreeSet<Integer> ends = new TreeSet<>(cuts);
    ends.add(decoder.config().layers());
    int from = 0;
    for (int to : ends) {
      ranges.put(to, decoder.range(from, to));
      from = to;
    }
  }

  Decoder decoder() {
    return decoder;
  }

  OutputHead head() {
    return head;
  }

  int layers() {
    return decoder.config().layers();
  }

  int hiddenSize() {
    return decoder.config().hiddenSize();
  }

  int vocabularySize() {
    return decoder.config().vocabularySize();
  }

  NDManager newScope() {
    return decoder.newScope();
  }

  /** FP32 [T,H], attached to the scope. */
  NDArray embed(NDManager scope, int... tokens) {
    return embedding.embed(scope, tokens);
  }

  /** FP32 [V,H], attached to the scope. */
  NDArray wholeEmbedding(NDManager scope) {
    return embed(scope, IntStream.range(0, vocabularySize()).toArray());
  }

  /** A new session of layers [from,to); each end is a cut, 0 or the number of layers. */
  Run run(int from, int to) {
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

  @Override
  public void close() {
    ranges.values().forEach(DecoderRange::close);
    head.close();
    decoder.close();
  }
}
