package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.runtime.OutputHead.Candidate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The LM head for some tokens only. The whole head is the most expensive part of a small model, and
 * draft tokens need only the tokens that are likely to come. Safe for use by several threads.
 */
public final class Shortlist implements AutoCloseable {
  private final PtNDManager manager;
  private final Weights source;
  private final PtNDArray normWeight;
  private final IValue norm;
  private final int[] tokens;
  private final PtNDArray[] parts;
  private final IValue heads;

  /**
   * @param manager is closed with this
   * @param normWeight the final norm's, stays open at least as long as this
   */
  Shortlist(PtNDManager manager, Weights source, PtNDArray normWeight, int[] tokens) {
    this(manager, source, normWeight, new int[0], new PtNDArray[0], tokens);
  }

  /**
   * @param base parts whose rows are used without being copied, and which stay open at least as
   *     long as this
   */
  private Shortlist(
      PtNDManager manager,
      Weights source,
      PtNDArray normWeight,
      int[] baseTokens,
      PtNDArray[] base,
      int[] more) {
    this.manager = manager;
    this.source = source;
    this.normWeight = normWeight;
    this.norm = IValue.from(normWeight);
    this.tokens = IntStream.concat(Arrays.stream(baseTokens), Arrays.stream(more)).toArray();
    this.parts = Arrays.copyOf(base, base.length + 1);
    parts[base.length] = source.rows(manager, source.tensors().lmHead(), more);
    this.heads = IValue.listFrom(parts);
  }

  /**
   * The head for the tokens of this list and more.
   *
   * @param more at least one, and none that is on this list
   * @return closed by the caller, before this one
   */
  public Shortlist with(int... more) {
    PtNDManager own = manager.newSubManager(manager.getDevice());
    return new Shortlist(own, source, normWeight, tokens, parts, more);
  }

  /** The tokens on the list. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** How many tokens are on the list. */
  public int size() {
    return tokens.length;
  }

  /** Width of the hidden states that it takes, H. */
  public int hiddenSize() {
    return source.config().hiddenSize();
  }

  /**
   * The most probable of these tokens after each token, the most probable first.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @return with probabilities relative to the listed tokens
   */
  public List<List<Candidate>> candidates(NDArray hidden, int count) {
    return candidates("candidates", hidden, count);
  }

  /**
   * As {@link #candidates}, of hidden states behind the final norm.
   *
   * @param normed FP32 or FP16 [T,H], as {@link OutputHead#normed} puts them out
   */
  public List<List<Candidate>> candidatesOfNormed(NDArray normed, int count) {
    return candidates("candidates_of", normed, count);
  }

  private List<List<Candidate>> candidates(String method, NDArray hidden, int count) {
    int most = Math.min(count, tokens.length);
    return OutputHead.candidates(
        source.script(), method, hidden, norm, heads, most, row -> tokens[row]);
  }

  @Override
  public void close() {
    norm.close();
    heads.close();
    manager.close();
  }
}
