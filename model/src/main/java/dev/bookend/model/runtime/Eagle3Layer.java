package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import dev.bookend.model.runtime.OutputHead.Candidate;
import java.util.List;

/**
 * An EAGLE-3 head (Li et al. 2025; SafeAILab/EAGLE, {@code cnets.py}): makes one feature of three
 * hidden states of the model, runs one decoder layer whose attention looks at the token's embedding
 * and the feature before it, and has a norm and an LM head of its own. What the layer puts out is
 * the feature of the token where the model's hidden states are not known.
 *
 * <p>Holds weights only, as {@link DecoderRange}. Safe for use by several threads, each with
 * another cache.
 */
public final class Eagle3Layer implements AutoCloseable {
  private final PtNDManager manager;
  private final DecoderScript script;
  private final DecoderRange layer;
  private final OutputHead head;
  private final IValue joint;
  private final IValue bias;
  private final IValue embeddingNorm;
  private final IValue featureNorm;

  /**
   * @param manager is closed with this
   * @param layer is closed with this
   * @param head is closed with this
   */
  Eagle3Layer(PtNDManager manager, Weights weights, DecoderRange layer, OutputHead head) {
    this.manager = manager;
    this.script = weights.script();
    this.layer = layer;
    this.head = head;
    this.joint = IValue.from(weights.load(manager, EagleHead.JOINT));
    this.bias = IValue.from(weights.zeros(manager, new Shape(weights.config().hiddenSize())));
    this.embeddingNorm = IValue.from(weights.load(manager, EagleHead.EMBEDDING_NORM));
    this.featureNorm = IValue.from(weights.load(manager, EagleHead.FEATURE_NORM));
  }

  /** An empty cache for a new session. */
  public KvCache newCache() {
    return layer.newCache();
  }

  /**
   * The features of tokens.
   *
   * @param hidden FP32 [T,3H]: for each token the three hidden states of the model, lowest first
   * @return FP32 [T,H], attached to the manager of {@code hidden}
   */
  public NDArray features(NDArray hidden) {
    try (IValue states = IValue.from((PtNDArray) hidden);
        IValue result = script.run("mapped", states, joint, bias)) {
      return result.toTensor((PtNDManager) hidden.getManager());
    }
  }

  /** As {@link EagleLayer#forward}. */
  public NDArray forward(NDArray embedded, NDArray features, Step step, KvCache cache) {
    try (IValue first = IValue.from((PtNDArray) embedded);
        IValue second = IValue.from((PtNDArray) features);
        IValue result = script.run("beside", first, second, embeddingNorm, featureNorm);
        PtNDArray beside = result.toTensor((PtNDManager) embedded.getManager())) {
      return layer.forwardLast(features, beside, step, cache);
    }
  }

  /**
   * The rows of the head's own LM head that are the most probable after each token.
   *
   * @param output FP32 [T,H], as {@link #forward} puts it out
   */
  public List<List<Candidate>> candidates(NDArray output, int count) {
    return head.candidates(output, count);
  }

  @Override
  public void close() {
    joint.close();
    bias.close();
    embeddingNorm.close();
    featureNorm.close();
    head.close();
    layer.close();
    manager.close();
  }
}
