package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.ResidentMemory;
import dev.bookend.model.runtime.TokenScore.Scored;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The final norm and the LM head: turns hidden states into logits. Safe for use by several threads.
 */
public final class OutputHead implements AutoCloseable {
  /** Bounds memory: logits over a vocabulary of 128k take half a megabyte a row. */
  private static final int ROWS_AT_ONCE = 64;

  private final PtNDManager manager;
  private final Weights source;
  private final DecoderScript script;
  private final PtNDArray normWeight;
  private final IValue norm;
  private final IValue head;
  private final IValue heads;

  OutputHead(PtNDManager parent, Weights source) {
    this.manager = parent.newSubManager(parent.getDevice());
    this.source = source;
    this.script = source.script();
    this.normWeight = source.load(manager, source.tensors().name(TensorRole.FINAL_NORM));
    this.norm = IValue.from(normWeight);
    PtNDArray rows = source.load(manager, source.tensors().lmHead());
    this.head = IValue.from(rows);
    this.heads = IValue.listFrom(rows);
    ResidentMemory.trim();
  }

  /**
   * The head for some tokens only.
   *
   * @param tokens at least one, each once
   * @return closed by the caller, before this
   */
  public Shortlist shortlist(int... tokens) {
    return new Shortlist(newManager(), source, normWeight, tokens);
  }

  private PtNDManager newManager() {
    return manager.newSubManager(manager.getDevice());
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
  public TokenChoice[] greedy(NDArray hidden) {
    return greedy((PtNDManager) hidden.getManager(), run("top_two", hidden));
  }

  private static TokenChoice[] greedy(PtNDManager scope, IValue topTwo) {
    try (topTwo) {
      float[] rows = topTwo.toTensor(scope).toFloatArray();
      TokenChoice[] choices = new TokenChoice[rows.length / 4];
      for (int i = 0; i < choices.length; i++) {
        choices[i] = new TokenChoice((int) rows[4 * i + 2], rows[4 * i] - rows[4 * i + 1]);
      }
      return choices;
    }
  }

  /**
   * The choice after each token. Only the choices leave PyTorch, not the logits.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @param positions position of each token in its text
   */
  public TokenChoice[] choose(NDArray hidden, Sampling sampling, int[] positions) {
    return sampling.isGreedy() ? greedy(hidden) : sample(hidden, sampling, positions);
  }

  /**
   * The choice after each token by logits that are edited before.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @param positions position of each token in its text
   * @param edits one for each token
   * @param top how many of the most probable tokens each choice comes with, as they were before
   *     edits; empty: no log-probabilities at all
   */
  public TokenChoice[] choose(
      NDArray hidden, Sampling sampling, int[] positions, List<LogitEdit> edits, OptionalInt top) {
    boolean isEdited = !edits.stream().allMatch(LogitEdit.NONE::equals);
    if (!isEdited && top.isEmpty()) {
      return choose(hidden, sampling, positions);
    }
    try (PtNDManager scope = newManager();
        IValue result = run("logits", hidden)) {
      PtNDArray logits = result.toTensor(scope);
      int most = (int) Math.min(top.orElse(0), logits.getShape().get(1)); // all, if there are fewer
      if (sampling.isGreedy() && !isEdited) {
        return greedy(scope, logits, most);
      }
      PtNDArray edited = isEdited ? edited(scope, logits, edits) : logits;
      TokenChoice[] choices = choose(scope, edited, sampling, positions);
      return top.isPresent() ? scored(scope, logits, choices, most) : choices;
    }
  }

  private TokenChoice[] choose(
      PtNDManager scope, PtNDArray logits, Sampling sampling, int[] positions) {
    try (IValue rows = IValue.from(logits)) {
      return sampling.isGreedy()
          ? greedy(scope, script.run("top_two_of", rows))
          : sample(scope, "sample_of", new IValue[] {rows}, sampling, positions);
    }
  }

  private TokenChoice[] greedy(PtNDManager scope, PtNDArray logits, int top) {
    long[] none = new long[(int) logits.getShape().get(0)];
    Ranked ranked = ranked(scope, logits, none, Math.max(2, top));
    TokenChoice[] choices = new TokenChoice[none.length];
    Arrays.setAll(
        choices,
        row -> {
          List<Scored> best = ranked.best(row, Math.max(1, top));
          return new TokenChoice(
              best.get(0).token(),
              ranked.logit(row, 0) - ranked.logit(row, 1),
              best.get(0).logProbability(),
              best.subList(0, top));
        });
    return choices;
  }

  private TokenChoice[] scored(
      PtNDManager scope, PtNDArray logits, TokenChoice[] choices, int top) {
    long[] tokens = Arrays.stream(choices).mapToLong(TokenChoice::token).toArray();
    TokenScore[] scores = scores(scope, logits, tokens, top);
    TokenChoice[] all = new TokenChoice[choices.length];
    Arrays.setAll(
        all,
        i ->
            new TokenChoice(
                choices[i].token(),
                choices[i].margin(),
                scores[i].logProbability(),
                scores[i].top()));
    return all;
  }

  private PtNDArray edited(PtNDManager scope, PtNDArray logits, List<LogitEdit> edits) {
    int vocabulary = source.config().vocabularySize();
    int most = edits.stream().mapToInt(edit -> edit.added().size()).sum();
    long[] rows = new long[most];
    long[] tokens = new long[most];
    float[] values = new float[most];
    int count = 0;
    ByteBuffer forbidden = ByteBuffer.allocateDirect(edits.size() * vocabulary);
    for (int row = 0; row < edits.size(); row++) {
      LogitEdit edit = edits.get(row);
      for (Map.Entry<Integer, Float> added : edit.added().entrySet()) {
        if (added.getKey() >= 0 && added.getKey() < vocabulary) {
          rows[count] = row;
          tokens[count] = added.getKey();
          values[count++] = added.getValue();
        }
      }
      if (edit.allowed().isPresent()) {
        forbid(forbidden, row * vocabulary, vocabulary, edit.allowed().get());
      }
    }
    try (PtNDManager arguments = newManager();
        IValue before = IValue.from(logits);
        IValue first = IValue.from((PtNDArray) arguments.create(Arrays.copyOf(rows, count)));
        IValue second = IValue.from((PtNDArray) arguments.create(Arrays.copyOf(tokens, count)));
        IValue third = IValue.from((PtNDArray) arguments.create(Arrays.copyOf(values, count)));
        IValue mask =
            IValue.from(
                arguments.create(
                    forbidden, new Shape(edits.size(), vocabulary), DataType.BOOLEAN));
        IValue result = script.run("edited", before, first, second, third, mask)) {
      return result.toTensor(scope);
    }
  }

  private static void forbid(
      ByteBuffer forbidden, int from, int vocabulary, LogitEdit.Allowed allowed) {
    int next = 0;
    for (int token = allowed.next(0); next < vocabulary; token = allowed.next(token + 1)) {
      int end = token < 0 ? vocabulary : Math.min(token, vocabulary);
      for (; next < end; next++) {
        forbidden.put(from + next, (byte) 1);
      }
      next++;
      if (token < 0) {
        return;
      }
    }
  }

  private TokenChoice[] sample(NDArray hidden, Sampling sampling, int[] positions) {
    PtNDManager scope = (PtNDManager) hidden.getManager();
    try (IValue states = IValue.from((PtNDArray) hidden)) {
      return sample(scope, "sample", new IValue[] {states, norm, head}, sampling, positions);
    }
  }

  private TokenChoice[] sample(
      PtNDManager scope, String method, IValue[] first, Sampling sampling, int[] positions) {
    double[] uniform =
        IntStream.of(positions).mapToDouble(position -> sampling.uniform(position + 1)).toArray();
    try (PtNDArray numbers = (PtNDArray) scope.create(uniform);
        IValue uniforms = IValue.from(numbers);
        IValue temperature = IValue.from(sampling.temperature());
        IValue topK = IValue.from((long) sampling.topK());
        IValue topP = IValue.from(sampling.topP());
        IValue result =
            script.run(method, first, new IValue[] {uniforms, temperature, topK, topP})) {
      double[] rows = result.toTensor(scope).toDoubleArray();
      TokenChoice[] choices = new TokenChoice[rows.length / 2];
      for (int i = 0; i < choices.length; i++) {
        choices[i] = new TokenChoice((int) rows[2 * i], (float) rows[2 * i + 1]);
      }
      return choices;
    }
  }

  /**
   * The probability of a given token after each row.
   *
   * @param hidden FP32 or FP16 [T,H]
   * @param tokens the tokens, one for each of the first rows
   */
  public TokenScore[] score(NDArray hidden, int[] tokens) {
    return score(hidden, tokens, 0);
  }

  /**
   * As {@link #score(NDArray, int[])}, with the most probable tokens after each row.
   *
   * @param top how many of them; 0: none
   */
  public TokenScore[] score(NDArray hidden, int[] tokens, int top) {
    int count = Math.min(top, source.config().vocabularySize());
    TokenScore[] scores = new TokenScore[tokens.length];
    long[] ids = IntStream.of(tokens).asLongStream().toArray();
    for (int from = 0; from < tokens.length; from += ROWS_AT_ONCE) {
      int to = Math.min(tokens.length, from + ROWS_AT_ONCE);
      try (PtNDManager scope = newManager();
          NDArray rows = hidden.get(from + ":" + to);
          IValue result = run("logits", rows)) {
        long[] some = Arrays.copyOfRange(ids, from, to);
        TokenScore[] part = scores(scope, result.toTensor(scope), some, count);
        System.arraycopy(part, 0, scores, from, part.length);
      }
    }
    return scores;
  }

  private TokenScore[] scores(PtNDManager scope, PtNDArray logits, long[] tokens, int top) {
    Ranked ranked = ranked(scope, logits, tokens, Math.max(1, top));
    TokenScore[] scores = new TokenScore[tokens.length];
    Arrays.setAll(
        scores,
        row ->
            new TokenScore(
                ranked.tokens[row] - ranked.sums[row],
                ranked.tokens[row] >= ranked.logit(row, 0),
                ranked.best(row, top)));
    return scores;
  }

  /** The largest of several rows of logits. */
  private static final class Ranked {
    /** The logarithm of the sum of all exponentials of each row. */
    final float[] sums;

    /** Of each row the logit of a given token. */
    final float[] tokens;

    /** The largest of each row, the largest first. */
    final float[][] values;

    /** Where they are. */
    final int[][] ids;

    Ranked(int rows, int most) {
      sums = new float[rows];
      tokens = new float[rows];
      values = new float[rows][most];
      ids = new int[rows][most];
    }

    float logit(int row, int rank) {
      return values[row][rank];
    }

    List<Scored> best(int row, int count) {
      return IntStream.range(0, count)
          .mapToObj(rank -> new Scored(ids[row][rank], values[row][rank] - sums[row]))
          .toList();
    }
  }

  private Ranked ranked(PtNDManager scope, PtNDArray logits, long[] tokens, int most) {
    int rows = tokens.length;
    try (IValue all = IValue.from(logits);
        IValue given = IValue.from((PtNDArray) scope.create(tokens, new Shape(rows, 1)));
        IValue count = IValue.from((long) most);
        IValue result = script.run("ranked", all, given, count)) {
      float[] numbers = result.toTensor(scope).toFloatArray();
      Ranked ranked = new Ranked(rows, most);
      for (int row = 0, at = 0; row < rows; row++) {
        ranked.sums[row] = numbers[at++];
        ranked.tokens[row] = numbers[at++];
        for (int rank = 0; rank < most; rank++) {
          ranked.values[row][rank] = numbers[at + rank];
          ranked.ids[row][rank] = (int) numbers[at + most + rank];
        }
        at += 2 * most;
      }
      return ranked;
    }
  }

  /**
   * A token that may be the next one.
   *
   * @param probability that the model gives it
   */
  public record Candidate(int token, double probability) {}

  /**
   * What the final norm makes of hidden states: the LM head's input, which some draft heads take
   * and put out.
   *
   * @param hidden FP32 [T,H]
   * @return FP32 [T,H], attached to the manager of {@code hidden}
   */
  public NDArray normed(NDArray hidden) {
    try (IValue states = IValue.from((PtNDArray) hidden);
        IValue result = script.run("features", states, norm)) {
      return result.toTensor((PtNDManager) hidden.getManager());
    }
  }

  /**
   * The most probable tokens after each token, the most probable first.
   *
   * @param hidden FP32 or FP16 [T,H]
   */
  public List<List<Candidate>> candidates(NDArray hidden, int count) {
    return candidates(script, "candidates", hidden, norm, heads, count, row -> row);
  }

  /**
   * @param method candidates, or candidates_of where the norm has been at work already
   * @param norm the final norm's weight
   * @param list parts of the head
   * @param count no more than they have rows
   * @param token the token of a row, where rows are counted over all parts
   */
  static List<List<Candidate>> candidates(
      DecoderScript script,
      String method,
      NDArray hidden,
      IValue norm,
      IValue list,
      int count,
      IntUnaryOperator token) {
    try (IValue states = IValue.from((PtNDArray) hidden);
        IValue most = IValue.from((long) count);
        IValue result = script.run(method, states, norm, list, most)) {
      double[] all = result.toTensor((PtNDManager) hidden.getManager()).toDoubleArray();
      List<Candidate> candidates =
          IntStream.range(0, all.length / 2)
              .mapToObj(i -> new Candidate(token.applyAsInt((int) all[2 * i]), all[2 * i + 1]))
              .toList();
      return IntStream.range(0, candidates.size() / count)
          .mapToObj(row -> candidates.subList(row * count, (row + 1) * count))
          .toList();
    }
  }

  private IValue run(String method, NDArray hidden, IValue... more) {
    try (IValue states = IValue.from((PtNDArray) hidden)) {
      return script.run(method, new IValue[] {states, norm, head}, more);
    }
  }

  @Override
  public void close() {
    norm.close();
    head.close();
    heads.close();
    manager.close();
  }
}
