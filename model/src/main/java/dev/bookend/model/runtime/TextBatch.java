package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.List;
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
  private final List<Part> parts = new ArrayList<>();

  /** Consecutive layers, with their caches. */
  private record Part(IValue weights, IValue keys, IValue values) {
    void close() {
      weights.close();
      keys.close();
      values.close();
    }
  }

  TextBatch(
      PtNDManager parent,
      Checkpoint checkpoint,
      WeightType type,
      int texts,
      int length,
      int... cuts) {
    this.manager = parent.newSubManager(parent.getDevice());
    this.source = Weights.plain(manager, checkpoint, type);
    this.frequencies = IValue.from(source.frequencies(manager));
    Shape shape =
        new Shape(texts, checkpoint.config().kvHeads(), length, checkpoint.config().headDim());
    int from = 0;
    for (int to : IntStream.concat(IntStream.of(cuts), layers(checkpoint)).toArray()) {
      parts.add(
          new Part(
              IValue.listFrom(source.layers(manager, from, to)),
              IValue.listFrom(zeros(shape, to - from)),
              IValue.listFrom(zeros(shape, to - from))));
      from = to;
    }
  }

  private static IntStream layers(Checkpoint checkpoint) {
    return IntStream.of(checkpoint.config().layers());
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
   * @return FP32 [B,H] each: what comes out at each of the cuts, and of the last layer; attached to
   *     the manager of {@code hidden}
   */
  public List<NDArray> forward(NDArray hidden, int[] positions) {
    PtNDManager scope = (PtNDManager) hidden.getManager();
    int seen = IntStream.of(positions).max().orElseThrow() + 1;
    long[] wide = IntStream.of(positions).asLongStream().toArray();
    List<NDArray> outputs = new ArrayList<>();
    try (PtNDArray where = (PtNDArray) scope.create(wide);
        IValue at = IValue.from(where);
        IValue slots = IValue.from((long) seen)) {
      PtNDArray states = (PtNDArray) hidden;
      for (Part part : parts) {
        try (IValue in = IValue.from(states)) {
          IValue[] arguments = {in, at, frequencies, part.weights(), part.keys(), part.values()};
          IValue[] more = {slots};
          try (IValue result = source.script().run("forward_texts", arguments, more)) {
            states = result.toTensor(scope);
          }
        }
        outputs.add(states);
      }
    }
    return outputs;
  }

  @Override
  public void close() {
    frequencies.close();
    parts.forEach(Part::close);
    source.close();
    manager.close();
  }
}
