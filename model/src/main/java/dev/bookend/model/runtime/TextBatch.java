package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.checkpoint.Checkpoint;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All layers of a model, for several texts that grow side by side, each by a token in a step. A
 * step of many tokens takes little longer than one of one token, so that a model writes many times
 * as much text in the same time. Not thread-safe.
 */
public final class TextBatch implements AutoCloseable {
  private final PtNDManager manager;
  private final Weights source;
  private final IValue frequencies;
  private final IValue weights;
  private final IValue keys;
  private final IValue values;

  TextBatch(PtNDManager parent, Checkpoint checkpoint, WeightType type, int texts, int length) {
    this.manager = parent.newSubManager(parent.getDevice());
    this.source = Weights.plain(manager, checkpoint, type);
    int layers = checkpoint.config().layers();
    Shape shape =
        new Shape(texts, length, checkpoint.config().kvHeads(), checkpoint.config().headDim());
    this.frequencies = IValue.from(source.frequencies(manager));
    this.weights = IValue.listFrom(source.layers(manager, 0, layers));
    this.keys = IValue.listFrom(zeros(shape, layers));
    this.values = IValue.listFrom(zeros(shape, layers));
  }

  private PtNDArray[] zeros(Shape shape, int layers) {
    return Stream.generate(() -> source.zeros(manager, shape))
        .limit(layers)
        .toArray(PtNDArray[]::new);
  }

  /**
   * Runs the next token of each text.
   *
   * @param hidden FP32 [B,H]: their embeddings
   * @param positions of each of them in its text: 0 begins another text in its place, otherwise one
   *     more than in the step before
   * @return FP32 [B,H]: the last layer's output, attached to the manager of {@code hidden}
   */
  public NDArray forward(NDArray hidden, int[] positions) {
    PtNDManager scope = (PtNDManager) hidden.getManager();
    int seen = IntStream.of(positions).max().orElseThrow() + 1;
    long[] wide = IntStream.of(positions).asLongStream().toArray();
    try (PtNDArray where = (PtNDArray) scope.create(wide);
        IValue states = IValue.from((PtNDArray) hidden);
        IValue at = IValue.from(where);
        IValue slots = IValue.from((long) seen)) {
      IValue[] arguments = {states, at, frequencies, weights, keys, values};
      try (IValue result = source.script().run("forward_texts", arguments, new IValue[] {slots})) {
        return result.toTensor(scope);
      }
    }
  }

  @Override
  public void close() {
    frequencies.close();
    weights.close();
    keys.close();
    values.close();
    source.close();
    manager.close();
  }
}
