package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.checkpoint.eagle.EagleHead;

/**
 * An EAGLE head: joins each token's embedding with the feature of the token before it, and runs one
 * decoder layer over that, which puts out an estimate of the token's own feature. A feature is what
 * the model's final norm puts out, so that the LM head takes it as it is. The rotary position of a
 * token is that of the token before it in the text (SafeAILab/EAGLE, {@code cnets1.py}).
 *
 * <p>Holds weights only, as {@link DecoderRange}. Safe for use by several threads, each with
 * another cache.
 */
public final class EagleLayer implements AutoCloseable {
  private final PtNDManager manager;
  private final DecoderScript script;
  private final DecoderRange layer;
  private final IValue joint;
  private final IValue bias;

  /**
   * @param manager is closed with this
   * @param layer is closed with this
   */
  EagleLayer(PtNDManager manager, Weights weights, DecoderRange layer) {
    this.manager = manager;
    this.script = weights.script();
    this.layer = layer;
    this.joint = IValue.from(weights.load(manager, EagleHead.JOINT));
    this.bias =
        IValue.from(
            weights.checkpoint().tensorNames().contains(EagleHead.JOINT_BIAS)
                ? weights.load(manager, EagleHead.JOINT_BIAS)
                : weights.zeros(manager, new Shape(weights.config().hiddenSize())));
  }

  /** An empty cache for a new session. */
  public KvCache newCache() {
    return layer.newCache();
  }

  /**
   * Runs the head over the last tokens of a step, where the tokens before them have been run
   * already, in a step that gave them the same slots.
   *
   * @param embedded FP32 [R,H]: the embedding of each token
   * @param features FP32 [R,H]: of each token, the feature of the one before it, or an estimate
   * @return FP32 [R,H]: estimates of the tokens' own features, attached to the manager of {@code
   *     embedded}
   */
  public NDArray forward(NDArray embedded, NDArray features, Step step, KvCache cache) {
    try (IValue first = IValue.from((PtNDArray) embedded);
        IValue second = IValue.from((PtNDArray) features);
        IValue result = script.run("joined", first, second, joint, bias);
        PtNDArray joined = result.toTensor((PtNDManager) embedded.getManager())) {
      return layer.forwardLast(joined, step, cache);
    }
  }

  @Override
  public void close() {
    joint.close();
    bias.close();
    layer.close();
    manager.close();
  }
}
