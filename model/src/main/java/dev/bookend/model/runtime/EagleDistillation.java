package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Trains a draft head of EAGLE's layout (Li et al. 2024): a matrix over the embedding of a token
 * and the LM head's input for the token before, and one decoder layer without input norm, which is
 * to put out the LM head's input. It goes on for some tokens from its own predictions, as drafting
 * does, so that it learns to cope with its own errors (training-time test; Li et al., EAGLE-3,
 * 2025).
 *
 * <p>Computes in FP32 whatever the model's type. Not thread-safe.
 */
public final class EagleDistillation implements AutoCloseable {
  private static final float FIRST_WEIGHT = 0.05f;

  private final PtNDManager manager;
  private final DecoderScript script;
  private final int hiddenSize;
  private final NDArray frequencies;
  private final NDArray head;
  private final Descent descent;

  EagleDistillation(PtNDManager parent, Checkpoint source, int[] tokens) {
    this.manager = parent.newSubManager(parent.getDevice());
    Weights weights = Weights.plain(manager, source, WeightType.F32);
    this.script = weights.script();
    this.hiddenSize = source.config().hiddenSize();
    this.frequencies = weights.frequencies(manager);
    this.head = weights.rows(manager, weights.tensors().lmHead(), tokens);
    this.descent = new Descent(manager, script, first(weights, source.config().layers() - 1));
  }

  /**
   * It begins with little: a part of what was for the token before, and random parts of the token.
   * The LM head's inputs are large, and a head that began by predicting them again would spend its
   * first hundred thousand tokens on becoming less sure.
   */
  private List<NDArray> first(Weights weights, int layer) {
    List<NDArray> first = new ArrayList<>();
    first.add(random().concat(manager.eye(hiddenSize).mul(FIRST_WEIGHT), 1));
    NDArray[] values = weights.layers(manager, layer, layer + 1);
    List<TensorSpec> tensors = weights.tensors().layer();
    for (int i = 0; i < values.length; i++) {
      TensorRole role = tensors.get(i).role();
      if (role == TensorRole.ATTENTION_OUTPUT || role == TensorRole.DOWN) {
        first.add(manager.zeros(values[i].getShape())); // the layer adds nothing yet
      } else if (role != TensorRole.INPUT_NORM) {
        NDArray copy = values[i].duplicate(); // it may be a view of the checkpoint's file
        copy.attach(manager);
        first.add(copy);
      }
    }
    return first;
  }

  private NDArray random() {
    Random random = new Random(1);
    float[] values = new float[hiddenSize * hiddenSize];
    for (int i = 0; i < values.length; i++) {
      values[i] = FIRST_WEIGHT * (float) random.nextGaussian();
    }
    return manager.create(values, new Shape(hiddenSize, hiddenSize));
  }

  /**
   * Makes one step of training on a text.
   *
   * @param embedded FP32 [T,H]: the embeddings of its tokens
   * @param features FP16 [T,H]: the LM head's input after each of them
   * @param from first token whose next token is learned; the tokens before it are context only
   * @param rate the learning rate
   * @return the loss before the step: cross-entropy in nats between the head and the model, summed
   *     over the passes, of which later ones count less
   */
  public float learn(NDArray embedded, ByteBuffer features, int from, double rate) {
    float[] rates = new float[descent.learned().size()];
    Arrays.fill(rates, (float) rate);
    try (NDManager scope = manager.newSubManager(manager.getDevice())) {
      return descent.step("learn_eagle", text(scope, embedded, features, from), rates);
    }
  }

  /**
   * How often the head's most probable token is the model's.
   *
   * @param embedded FP32 [T,H], as above
   * @param features FP16 [T,H]
   * @param from first token whose next token counts
   * @return the part of the tokens, 0 to 1, for the first draft token and the two behind it
   */
  public float[] agreement(NDArray embedded, ByteBuffer features, int from) {
    try (NDManager scope = manager.newSubManager(manager.getDevice())) {
      return descent.attempt("try_eagle", text(scope, embedded, features, from));
    }
  }

  private NDList text(NDManager scope, NDArray embedded, ByteBuffer features, int from) {
    int tokens = (int) embedded.getShape().get(0);
    Shape shape = new Shape(tokens, hiddenSize);
    NDArray own = embedded.duplicate();
    own.attach(scope);
    try (NDArray halves =
        scope.create(features.duplicate().order(features.order()), shape, DataType.FLOAT16)) {
      return new NDList(
          own,
          halves.toType(DataType.FLOAT32, true),
          scope.create(IntStream.range(from, tokens).toArray()),
          frequencies,
          head);
    }
  }

  /**
   * What it has learned so far, FP32: the matrix [H,2H], then the weights of the layer in the order
   * of {@link Decoder#layerShapes} but for the input norm. Training goes on in these very arrays.
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
