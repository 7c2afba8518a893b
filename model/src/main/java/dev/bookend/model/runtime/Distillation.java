package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Trains a stand-in head: a linear map and one decoder layer, after which the upper layers are to
 * predict the same tokens as after the true middle layers. It goes on for some tokens from its own
 * predictions, as drafting does, so that it learns to cope with its own errors (training-time test;
 * Li et al., EAGLE-3, 2025). It needs only what an edge sees: the middle's input and output.
 *
 * <p>Computes in FP32 whatever the model's type. Not thread-safe.
 */
public final class Distillation implements AutoCloseable {
  private static final int MAP = 0;

  /** Relative to the layer's: the map has been fitted already, and its inputs are large. */
  private static final float MAP_RATE = 0.3f;

  private final PtNDManager manager;
  private final DecoderScript script;
  private final int hiddenSize;
  private final NDArray frequencies;
  private final NDArray norm;
  private final NDArray head;
  private final List<NDArray> upper;
  private final Descent descent;

  /**
   * @param begun the map [2H+1,H]; and the weights of the layer, unless it is to begin as one that
   *     adds nothing to the map
   */
  Distillation(PtNDManager parent, Checkpoint source, int from, int[] tokens, List<NDArray> begun) {
    this.manager = parent.newSubManager(parent.getDevice());
    Weights weights = Weights.plain(manager, source, WeightType.F32);
    this.script = weights.script();
    this.hiddenSize = source.config().hiddenSize();
    this.frequencies = weights.frequencies(manager);
    this.norm = weights.load(manager, weights.tensors().name(TensorRole.FINAL_NORM));
    this.head = weights.rows(manager, weights.tensors().lmHead(), tokens);
    this.upper = List.of(weights.layers(manager, from, source.config().layers()));
    List<NDArray> learned = new ArrayList<>(begun.stream().map(this::copy).toList());
    if (begun.size() == 1) {
      learned.addAll(firstLayer(weights, from));
    }
    this.descent = new Descent(manager, script, learned);
  }

  /** A layer of the model's that adds nothing yet. */
  private List<NDArray> firstLayer(Weights weights, int from) {
    List<NDArray> layer = new ArrayList<>();
    for (NDArray part : weights.layers(manager, from, from + 1)) {
      layer.add(copy(part)); // it may be a view of the checkpoint's file
    }
    for (TensorRole output : List.of(TensorRole.ATTENTION_OUTPUT, TensorRole.DOWN)) {
      int place = weights.tensors().indexInLayer(output);
      layer.set(place, manager.zeros(layer.get(place).getShape()));
    }
    return layer;
  }

  private NDArray copy(NDArray array) {
    NDArray copy = array.duplicate();
    copy.attach(manager);
    return copy;
  }

  /**
   * Makes one step of training on a text.
   *
   * @param lower FP32 [T,H]: the lower layers' output
   * @param middle FP32 [T,H]: the middle's output
   * @param from first token whose next token is learned; the tokens before it are context only
   * @param rate the learning rate
   * @return the loss before the step: cross-entropy in nats between the model with the stand-in
   *     head and the model itself, summed over the passes
   */
  public float learn(ByteBuffer lower, ByteBuffer middle, int from, double rate) {
    float[] rates = new float[descent.learned().size()];
    Arrays.fill(rates, (float) rate);
    rates[MAP] *= MAP_RATE;
    try (NDManager scope = manager.newSubManager(manager.getDevice())) {
      return descent.step("learn_stand_in", text(scope, lower, middle, from), rates);
    }
  }

  /**
   * How often the model's most probable token is the same with the stand-in head as without.
   *
   * @param lower FP32 [T,H], as above
   * @param middle FP32 [T,H]
   * @param from first token whose next token counts
   * @return the part of the tokens, 0 to 1, for the first draft token and the two behind it
   */
  public float[] agreement(ByteBuffer lower, ByteBuffer middle, int from) {
    try (NDManager scope = manager.newSubManager(manager.getDevice())) {
      return descent.attempt("try_stand_in", text(scope, lower, middle, from));
    }
  }

  private NDList text(NDManager scope, ByteBuffer lower, ByteBuffer middle, int from) {
    int tokens = lower.remaining() / (hiddenSize * Float.BYTES);
    Shape shape = new Shape(tokens, hiddenSize);
    NDList arguments =
        new NDList(
            scope.create(again(lower), shape, DataType.FLOAT32),
            scope.create(again(middle), shape, DataType.FLOAT32),
            scope.create(IntStream.range(from, tokens).toArray()),
            frequencies,
            norm,
            head);
    Descent.addAll(arguments, "upper[]", upper);
    return arguments;
  }

  /** A view whose position is independent of the buffer's. */
  private static ByteBuffer again(ByteBuffer buffer) {
    return buffer.duplicate().order(buffer.order());
  }

  /**
   * What it has learned so far, FP32: the map [2H+1,H], then the weights of the layer in the order
   * of {@link Decoder#layerShapes}. Training goes on in these very arrays.
   */
  public List<NDArray> learned() {
    return descent.learned();
  }

  @Override
  public void close() {
    script.close();
    manager.close();
  }
}
