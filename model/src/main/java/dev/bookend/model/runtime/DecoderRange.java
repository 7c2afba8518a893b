package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Consecutive decoder layers. Holds weights only, so that one range serves many sessions, each with
 * a {@link KvCache} of its own. An empty range returns hidden states as they are.
 *
 * <p>Safe for use by several threads, each with another cache.
 */
public final class DecoderRange implements AutoCloseable {
  private final PtNDManager manager;
  private final Weights source;
  private final int layers;
  private final IValue frequencies;
  private final IValue weights;

  /**
   * @param manager is closed with this
   * @param weights of all layers
   */
  DecoderRange(PtNDManager manager, Weights source, int layers, PtNDArray[] weights) {
    this.manager = manager;
    this.source = source;
    this.layers = layers;
    this.frequencies = IValue.from(source.frequencies(manager));
    this.weights = IValue.listFrom(weights);
  }

  /** An empty cache for a new session. */
  public KvCache newCache() {
    return new KvCache(manager, source, layers);
  }

  /**
   * Runs the layers over a step's new tokens and writes their keys and values into the cache.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @return [T,H] in the type of {@code hidden}, attached to its manager
   */
  public NDArray forward(NDArray hidden, Step step, KvCache cache) {
    if (hidden.getShape().get(0) != step.tokens()) {
      throw new IllegalArgumentException(
          "hidden states " + hidden.getShape() + " for a step of " + step.tokens() + " tokens");
    }
    return run("forward", hidden, step, cache);
  }

  /**
   * Runs the layers over only the last tokens of a step, where the tokens before them have been run
   * already, in a step that gave them the same slots.
   *
   * @param hidden FP32 or FP16 [R,H], no more rows than the step has tokens
   * @return [R,H] in the type of {@code hidden}, attached to its manager
   */
  public NDArray forwardLast(NDArray hidden, Step step, KvCache cache) {
    if (hidden.getShape().get(0) > step.tokens()) {
      throw new IllegalArgumentException(
          "hidden states " + hidden.getShape() + " for a step of " + step.tokens() + " tokens");
    }
    try (IValue all = IValue.from((long) step.tokens())) {
      return run("forward_last", hidden, step, cache, all);
    }
  }

  /**
   * What the last layer has put out, and what some layers were given.
   *
   * @param output [T,H]
   * @param inputs [T,H] each
   */
  public record Tapped(NDArray output, List<NDArray> inputs) {}

  /**
   * As {@link #forward(NDArray, Step, KvCache)}, and gives the inputs of some layers too.
   *
   * @param taps numbers of layers within this range, in rising order
   */
  public Tapped forward(NDArray hidden, Step step, KvCache cache, List<Integer> taps) {
    if (taps.isEmpty()) {
      return new Tapped(forward(hidden, step, cache), List.of());
    }
    NDArray all = tapped(hidden, hidden, step, cache, taps);
    return new Tapped(
        all.get(0),
        IntStream.rangeClosed(1, taps.size()).mapToObj(i -> all.get((long) i)).toList());
  }

  /**
   * As {@link #forwardLast}, but the first layer's attention looks at something else than the
   * layer's input.
   *
   * @param source FP32 [R,K], where the matrices of queries, keys and values have K columns
   */
  NDArray forwardLast(NDArray hidden, NDArray source, Step step, KvCache cache) {
    return tapped(hidden, source, step, cache, List.of()).get(0);
  }

  private NDArray tapped(
      NDArray hidden, NDArray source, Step step, KvCache cache, List<Integer> taps) {
    try (IValue all = IValue.from((long) step.tokens());
        IValue looked = IValue.from((PtNDArray) source);
        IValue numbers = IValue.listFrom(taps.stream().mapToLong(Integer::longValue).toArray())) {
      return run("tapped", hidden, step, cache, all, looked, numbers);
    }
  }

  /** How many layers there are. */
  public int layers() {
    return layers;
  }

  private NDArray run(String method, NDArray hidden, Step step, KvCache cache, IValue... more) {
    if (layers == 0) {
      return hidden;
    }
    PtNDManager scope = (PtNDManager) hidden.getManager();
    KvCache.Storage storage = cache.reserve(step.capacity());
    ByteBuffer tensors = step.tensors();
    try (PtNDArray inputs = scope.create(tensors, new Shape(tensors.remaining()), DataType.UINT8);
        IValue states = IValue.from((PtNDArray) hidden);
        IValue where = IValue.from(inputs)) {
      IValue[] arguments = {states, where, frequencies, weights, storage.keys, storage.values};
      boolean isLarge = ComputeThread.isLarge(hidden.getShape().get(0));
      try (IValue result = source.script().run(isLarge, method, arguments, more)) {
        return result.toTensor(scope);
      }
    }
  }

  @Override
  public void close() {
    frequencies.close();
    weights.close();
    manager.close();
  }
}
