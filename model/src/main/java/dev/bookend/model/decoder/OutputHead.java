package dev.bookend.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;

/** The final norm and the LM head: hidden states to logits. */
public final class OutputHead implements AutoCloseable {
  private final PtNDManager manager;
  private final DecoderScript script;
  private final IValue norm;
  private final IValue head;

  OutputHead(PtNDManager parent, Weights source) {
    this.manager = parent.newSubManager(parent.getDevice());
    this.script = source.script();
    this.norm = IValue.from(source.load(manager, "model.norm.weight"));
    this.head =
        IValue.from(
            source.load(
                manager,
                source.config().tiedEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight"));
  }

  /**
   * Logits over the vocabulary.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @return FP32 [T,V], attached to the manager of {@code hidden}
   */
  public NDArray logits(NDArray hidden) {
    try (IValue result = run("logits", hidden)) {
      return result.toTensor((PtNDManager) hidden.getManager());
    }
  }

  /**
   * The greedy choice after each token, and how far ahead of the next best it is.
   *
   * @param hidden FP32 or FP16 [T,H]
   */
  public GreedyChoice[] greedy(NDArray hidden) {
    PtNDManager scope = (PtNDManager) hidden.getManager();
    try (IValue result = run("top_two", hidden)) {
      float[] rows = result.toTensor(scope).toFloatArray();
      GreedyChoice[] choices = new GreedyChoice[rows.length / 4];
      for (int i = 0; i < choices.length; i++) {
        choices[i] = new GreedyChoice((int) rows[4 * i + 2], rows[4 * i] - rows[4 * i + 1]);
      }
      return choices;
    }
  }

  private IValue run(String method, NDArray hidden) {
    try (IValue states = IValue.from((PtNDArray) hidden)) {
      return script.run(method, states, norm, head);
    }
  }

  @Override
  public void close() {
    norm.close();
    head.close();
    manager.close();
  }
}
