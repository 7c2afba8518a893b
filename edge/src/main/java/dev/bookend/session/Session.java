package dev.bookend.session;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.DecoderRange.Tapped;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.LogitEdit;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.ReplayLog;
import dev.bookend.remote.ResilientSequence;
import dev.bookend.remote.ResilientSequence.Answer;
import dev.bookend.remote.ResilientSequence.Request;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.speculation.TokenTree;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;

/**
 * One growing token sequence: the KV caches of the lower and upper layers here, and a sequence for
 * the middle layers in the cloud. Tokens are run in steps. Those of a step that are accepted stay
 * in the caches; the others are forgotten at no cost.
 *
 * <p>If the cloud loses the sequence or the network fails, the sequence begins anew and what was
 * cached is replayed; the caller sees nothing but the delay. Not thread-safe.
 */
public final class Session implements AutoCloseable {
  /**
   * Steps of a long prompt that are sent before the answer to the first of them is there: enough to
   * hide the network, and few that the cloud would run for nobody once the caller has gone.
   */
  private static final int MOST_UNDER_WAY = 4;

  private final EdgeModel model;
  private final Optional<BatchInvariantSteps> steps;
  private final KvCache lowerCache;
  private final KvCache upperCache;
  private final SlotTable slots;
  private final ResilientSequence remote;
  private final SessionMeter meter = new SessionMeter();
  private Verified verified; // null unless a tree waits for accept
  private SentAhead ahead; // null unless a tree was sent ahead
  private OptionalInt topLogProbabilities = OptionalInt.empty();
  private int ranked;
  private Optional<Taps> taps = Optional.empty();

  /**
   * A session that holds no token yet.
   *
   * @param steps the sizes that steps must have where hidden states must not depend, to the last
   *     bit, on how tokens share steps; empty: any
   */
  public Session(EdgeModel model, Optional<BatchInvariantSteps> steps) {
    OptionalInt window = model.config().slidingWindow();
    int hiddenSize = model.config().hiddenSize();
    this.model = model;
    this.steps = steps;
    this.lowerCache = model.lower().newCache();
    this.upperCache = model.upper().newCache();
    this.slots = new SlotTable(window, steps.isPresent());
    this.remote =
        new ResilientSequence(
            model.locator(),
            model.retry(),
            model.scopes(),
            hiddenSize,
            new ReplayLog(hiddenSize, window, tokens -> stepSize(steps, tokens)));
  }

  /**
   * New tokens that the lower layers have run.
   *
   * @param tokens with those that only pad the step
   * @param size number of tokens without padding
   * @param taps what the step has shown of the lower layers, as {@link Taps#ofLower} gives it
   */
  private record Batch(
      TokenTree tokens, int size, Request request, Map<Integer, ByteBuffer> taps) {}

  /**
   * A tree that the model has verified and of which no branch has been accepted yet.
   *
   * @param first index of the tree's first node in the batch; those before it were cached already
   * @param taps what the step has shown of the layers, as {@link Taps#ofAll} gives it
   */
  private record Verified(Batch batch, int first, Answer answer, Map<Integer, ByteBuffer> taps) {}

  /**
   * A tree that was sent before the answer to the one before was there.
   *
   * @param branch nodes of the tree before, behind which it comes
   */
  private record SentAhead(Batch batch, List<Integer> branch) {}

  /**
   * Draft tokens to send before the answer to those before them is there.
   *
   * @param branch nodes of the tree before, behind which they come: from its first node on, each
   *     the parent of the next
   */
  public record Ahead(List<Integer> branch, TokenTree tokens) {}

  private static int stepSize(Optional<BatchInvariantSteps> steps, int tokens) {
    return steps.map(sizes -> sizes.size(tokens)).orElse(tokens);
  }

  private int contextLength() {
    // The tokens that pad a step take slots too.
    return model.contextLength() - (stepSize(steps, 1) - 1);
  }

  /** Most tokens of a step with draft tokens. */
  private int largestStep() {
    return steps.isPresent() ? BatchInvariantSteps.MOST : model.maxTokensPerStep();
  }

  /** Number of cached tokens. */
  public int length() {
    return slots.length();
  }

  /** The cached tokens. */
  public int[] tokens() {
    return slots.tokensFrom(0);
  }

  /** What this session has cost so far. */
  public SessionStats stats() {
    return meter.stats(remote.stats());
  }

  /**
   * The server that has the session's middle layers, or had them last.
   *
   * @throws IllegalStateException if the session has run no token yet
   */
  public String server() {
    return remote.server();
  }

  /**
   * From now on choices come with their log-probabilities.
   *
   * @param top with how many of the most probable tokens in each place; empty: no longer any
   */
  public void recordLogProbabilities(OptionalInt top) {
    topLogProbabilities = top;
  }

  /**
   * From now on choices also come with the most probable tokens in each place, at least so many,
   * for the drafters.
   *
   * @param count 0: not for them
   */
  public void rankTokens(int count) {
    ranked = count;
  }

  /**
   * From now on the inputs of these layers are kept for the drafters too, as {@link
   * EdgeLayers#tapped} has them: 4 x H bytes for each layer and cached token. Where there is a new
   * one, the tokens that are cached already are forgotten.
   *
   * @throws BookendException if one is in the middle, and the middle does not put out its input
   * @throws CloudException if no server has been reached yet, and none can be
   */
  public void keepTaps(List<Integer> layers) {
    SortedSet<Integer> all = Taps.union(taps, layers);
    if (all.size() > taps.map(Taps::size).orElse(0)) {
      Taps wanted = new Taps(model, all);
      truncate(0);
      taps = Optional.of(wanted);
      if (wanted.areInMiddle()) {
        remote.askForTaps();
      }
    }
  }

  /** How many of the first tokens are those that the session holds. */
  public int commonPrefix(int[] tokens) {
    return slots.commonPrefix(tokens);
  }

  /** Whether the context holds no further token. */
  public boolean isFull() {
    return isFull(0);
  }

  /** Whether the context holds no further token once {@code more} are accepted. */
  public boolean isFull(int more) {
    return slots.length() + more >= contextLength();
  }

  /** Most tokens that a tree may have now. */
  public int largestTree() {
    return Math.min(
        contextLength() - slots.length(), largestStep() - (slots.length() - slots.settled()));
  }

  /**
   * Most tokens that a branch of a tree may have now. Once a sliding window moves it is 1: the
   * window would move between the tokens of a branch, which one step cannot express.
   */
  public int longestBranch() {
    return slots.longestStep();
  }

  /** {@link #prefill(int[], Choosing)} with the most probable token as the choice. */
  public TokenChoice prefill(int[] tokens) {
    return prefill(tokens, Choosing.GREEDY);
  }

  /**
   * Makes the session hold exactly these tokens. The prefix that it holds already is kept. The rest
   * is run in steps of at most {@link EdgeModel#maxTokensPerStep} tokens, which are sent without
   * waiting for each other, a few at a time: while the cloud computes one, the lower layers run the
   * next.
   *
   * @return the model's choice after the last token
   * @throws IllegalArgumentException if there is no token, or one is outside the vocabulary
   * @throws ContextFullException if the context does not hold them
   * @throws CloudException if the cloud is lost for good
   */
  public TokenChoice prefill(int[] tokens, Choosing choosing) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("no tokens");
    }
    requireRoom(tokens.length);
    // The last token is run in any case: its output is what the caller asks for.
    int kept = Math.min(slots.commonPrefix(tokens), tokens.length - 1);
    TokenChoice[] choice = new TokenChoice[1];
    fill(
        tokens,
        Math.min(kept, slots.settled()),
        (end, hidden) -> {
          if (end == tokens.length) {
            long rows = hidden.getShape().get(0);
            NDArray lastRow = hidden.get((rows - 1) + ":" + rows);
            choice[0] =
                choose(lastRow, choosing.sampling(), List.of(choosing.rules().edit()), end - 1)[0];
          }
        });
    return choice[0];
  }

  /**
   * The probabilities that the model gives the tokens of a text. Runs the text anew; the session
   * holds it afterwards.
   *
   * @return the score of each token but the first, given those before it
   * @throws IllegalArgumentException if there is no token, or one is outside the vocabulary
   * @throws ContextFullException if the context does not hold them
   * @throws CloudException if the cloud is lost for good
   */
  public TokenScore[] score(int[] tokens) {
    return score(tokens, 0);
  }

  /**
   * As {@link #score(int[])}, with the most probable tokens in each place.
   *
   * @param top how many of them; 0: none
   */
  public TokenScore[] score(int[] tokens, int top) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("no tokens");
    }
    requireRoom(tokens.length);
    TokenScore[] all = new TokenScore[tokens.length - 1];
    fill(
        tokens,
        0,
        (end, hidden) -> {
          int from = end - (int) hidden.getShape().get(0);
          int[] next = Arrays.copyOfRange(tokens, from + 1, Math.min(end + 1, tokens.length));
          TokenScore[] scores = model.head().score(hidden, next, top);
          if (Arrays.stream(scores).anyMatch(score -> Float.isNaN(score.logProbability()))) {
            throw noLogits();
          }
          System.arraycopy(scores, 0, all, from, scores.length);
        });
    return all;
  }

  /** Takes the upper layers' output, FP32 [T,H], for the T tokens before {@code end}. */
  private interface HiddenHandler {
    void accept(int end, NDArray hidden);
  }

  /** Runs all tokens but the first {@code kept}, which the session holds. */
  private void fill(int[] tokens, int kept, HiddenHandler handler) {
    truncate(kept);
    boolean complete = false;
    try {
      Deque<Batch> underWay = new ArrayDeque<>();
      int end = kept;
      while (end < tokens.length) {
        if (slots.length() < tokens.length && underWay.size() < MOST_UNDER_WAY) {
          remote.requireNotInterrupted();
          Batch chunk = lower(nextChunk(tokens));
          for (int token = 0; token < chunk.size(); token++) {
            acceptSlot(chunk, token);
          }
          remote.submit(chunk.request());
          underWay.add(chunk);
        } else {
          Batch chunk = underWay.remove();
          Answer answer = remote.await();
          for (int token = 0; token < chunk.size(); token++) {
            remote.accept(answer, token);
          }
          end += chunk.size();
          Map<Integer, ByteBuffer> shown = upper(chunk, answer, chunk.size(), end, handler);
          for (int token = 0; token < chunk.size(); token++) {
            keep(shown, token);
          }
        }
      }
      complete = true;
    } finally {
      if (!complete) {
        // The middle and upper layers have not seen all of these tokens.
        truncate(kept);
      }
    }
    meter.prefilled(tokens.length - kept);
  }

  private TokenTree nextChunk(int[] tokens) {
    int from = slots.length();
    int most = Math.min(model.maxTokensPerStep(), slots.longestStep());
    return TokenTree.chain(
        Arrays.copyOfRange(tokens, from, from + Math.min(tokens.length - from, most)));
  }

  /** {@link #verify(TokenTree, Choosing)} with the most probable tokens as the choices. */
  public TokenChoice[] verify(TokenTree tree) {
    return verify(tree, Choosing.GREEDY);
  }

  /**
   * Runs a tree of draft tokens behind the cached tokens in one round trip. None of them is cached
   * before {@link #accept} names it.
   *
   * @param choosing with the rules behind the cached tokens
   * @return the choice after each node
   * @throws ContextFullException if the context does not hold the tree
   * @throws IllegalArgumentException if a token is outside the vocabulary, or the model has a
   *     sliding window and the tree is so deep that the window would move within it: all nodes of a
   *     step see the same cached tokens
   * @throws CloudException if the cloud is lost for good
   */
  public TokenChoice[] verify(TokenTree tree, Choosing choosing) {
    return verify(tree, choosing, Optional.empty());
  }

  /**
   * As {@link #verify(TokenTree, Choosing)}, and sends further draft tokens while the answer is on
   * its way.
   *
   * @param next no larger than {@link #largestTreeBehind}
   */
  public TokenChoice[] verify(TokenTree tree, Choosing choosing, Optional<Ahead> next) {
    requireRoom(slots.length() + tree.size());
    // Tokens that must move to other slots run once more, in front of the tree.
    int[] again = slots.tokensFrom(slots.settled());
    TokenTree whole = tree.behind(again);
    truncate(slots.settled());
    Batch batch = lower(whole);
    remote.submit(batch.request());
    TokenChoice[] choices = await(batch, again.length, choosing, next);
    for (int token = 0; token < again.length; token++) {
      accept(token);
    }
    return Arrays.copyOfRange(choices, again.length, again.length + tree.size());
  }

  /**
   * The same for the tree that was sent ahead: the branch behind which it comes has been accepted,
   * and no other token.
   *
   * @throws IllegalStateException if no tree was sent ahead
   */
  public TokenChoice[] verifyAhead(Choosing choosing, Optional<Ahead> next) {
    if (ahead == null) {
      throw new IllegalStateException("no tree was sent ahead");
    }
    Batch batch = ahead.batch();
    ahead = null;
    meter.ahead();
    return await(batch, 0, choosing, next);
  }

  /** Forgets the tree that was sent ahead, if there is one: the text has taken another way. */
  public void forgetAhead() {
    ahead = null;
    remote.forget();
  }

  /** Most tokens that can be sent behind a tree before the answer to it is there. */
  public int largestTreeBehind(int tree) {
    return steps.isPresent() || model.config().slidingWindow().isPresent()
        ? 0 // which slots such a tree has, or sees, depends on what will be accepted
        : Math.min(largestStep(), contextLength() - slots.length() - tree);
  }

  /** Waits for the answer to a batch, which has been sent. */
  private TokenChoice[] await(Batch batch, int first, Choosing choosing, Optional<Ahead> next) {
    TokenChoice[][] choices = new TokenChoice[1][];
    try {
      next.ifPresent(drafts -> sendAhead(batch, drafts));
      Answer answer = remote.await();
      int[] positions = batch.tokens().positions(slots.length());
      Map<Integer, ByteBuffer> shown =
          upper(
              batch,
              answer,
              batch.tokens().size(),
              slots.length(),
              (end, hidden) ->
                  choices[0] =
                      choose(
                          hidden,
                          choosing.sampling(),
                          edits(batch.tokens(), first, choosing.rules()),
                          positions));
      verified = new Verified(batch, first, answer, shown);
    } finally {
      if (choices[0] == null) {
        forgetAhead();
      }
    }
    meter.roundTrip(batch.tokens().size());
    return choices[0];
  }

  private void sendAhead(Batch before, Ahead next) {
    Step step = slots.layOutBehind(before.request().step(), next.branch(), next.tokens());
    Batch batch = lower(next.tokens(), next.tokens().size(), step);
    ahead = new SentAhead(batch, next.branch());
    remote.submit(batch.request());
  }

  /**
   * Whether the choice after a node of the tree last verified is what it would be without the other
   * nodes. It always is where any step size will do. Where steps are batch-invariant, either the
   * node must lie in the slot where it would lie then, for attention adds up by slots, or the
   * choice must not be a near tie.
   */
  public boolean isCertain(int node, TokenChoice choice) {
    return steps.isEmpty() || !choice.isNearTie() || isInPlace(verified, node);
  }

  private boolean isInPlace(Verified tree, int node) {
    int token = tree.first() + node;
    int[] positions = tree.batch().tokens().positions(slots.length() - tree.first());
    return tree.batch().request().step().slot(token) == positions[token];
  }

  /**
   * Makes a branch of the tree last verified part of the text: its tokens stay in the caches.
   *
   * @param nodes the branch from its first node on; each is the parent of the next
   * @throws IllegalStateException if no tree was verified since the last call
   */
  public void accept(int... nodes) {
    if (verified == null) {
      throw new IllegalStateException("no tree has been verified");
    }
    if (ahead != null && !Arrays.stream(nodes).boxed().toList().equals(ahead.branch())) {
      forgetAhead();
    }
    for (int node : nodes) {
      accept(verified.first() + node);
    }
    meter.accepted(nodes.length);
    verified = null;
  }

  /** The same of one token of the step in which the tree was verified. */
  private void accept(int token) {
    acceptSlot(verified.batch(), token);
    remote.accept(verified.answer(), token);
    keep(verified.taps(), token);
  }

  /** Keeps what a step has shown of the layers for one of its tokens, if it is to be kept. */
  private void keep(Map<Integer, ByteBuffer> shown, int token) {
    taps.ifPresent(kept -> kept.append(shown, token));
  }

  private void acceptSlot(Batch batch, int token) {
    slots.accept(batch.tokens().token(token), batch.request().step().slot(token));
  }

  private void truncate(int length) {
    verified = null; // there is one where an earlier caller failed before accept
    ahead = null;
    slots.truncate(length);
    remote.truncate(length);
    taps.ifPresent(kept -> kept.truncate(length));
  }

  private void requireRoom(int tokens) {
    if (tokens > contextLength()) {
      throw new ContextFullException(
          tokens, model.config().contextLength(), model.locator().served().maxContext());
    }
  }

  private Batch lower(TokenTree tree) {
    TokenTree padded = tree.padded(stepSize(steps, tree.size()));
    return lower(padded, tree.size(), slots.layOut(padded));
  }

  private Batch lower(TokenTree tree, int size, Step step) {
    long start = System.nanoTime();
    try (NDManager scope = model.newScope()) {
      NDArray embedded = model.embedding().embed(scope, tree.tokens());
      List<Integer> tapped = taps.map(Taps::lower).orElse(List.of());
      Tapped all = model.lower().forward(embedded, step, lowerCache, tapped);
      Request request = new Request(all.output().toByteBuffer(), step);
      return new Batch(
          tree, size, request, taps.map(kept -> kept.ofLower(request, all)).orElse(Map.of()));
    } finally {
      meter.edge(System.nanoTime() - start);
    }
  }

  /**
   * Runs the upper layers.
   *
   * @param size how many of the first tokens the handler is to see
   * @param end passed on to the handler
   * @return what the step has shown of the layers, as {@link Taps#ofAll} gives it
   */
  private Map<Integer, ByteBuffer> upper(
      Batch batch, Answer answer, int size, int end, HiddenHandler handler) {
    long start = System.nanoTime();
    Map<Integer, ByteBuffer> shown;
    Step step = answer.request().step();
    try (NDManager scope = model.newScope()) {
      Shape shape = new Shape(step.tokens(), model.config().hiddenSize());
      NDArray middle = scope.create(answer.hidden(), shape, DataType.FLOAT32);
      List<Integer> tapped = taps.map(Taps::upper).orElse(List.of());
      Tapped all = model.upper().forward(middle, step, upperCache, tapped);
      NDArray hidden = all.output();
      shown = taps.map(kept -> kept.ofAll(batch.taps(), answer, all)).orElse(Map.of());
      handler.accept(end, size < step.tokens() ? hidden.get("0:" + size) : hidden);
    }
    meter.edge(System.nanoTime() - start);
    return shown;
  }

  /**
   * What happens to the logits after each token of a step.
   *
   * @param first the first token that the rules are for; those before it were cached already
   * @param rules behind the cached tokens
   */
  private static List<LogitEdit> edits(TokenTree tree, int first, TokenRules rules) {
    if (rules == TokenRules.NONE) {
      return Collections.nCopies(tree.size(), LogitEdit.NONE);
    }
    TokenRules[] behind = new TokenRules[tree.size()];
    LogitEdit[] edits = new LogitEdit[tree.size()];
    for (int node = 0; node < behind.length; node++) {
      int parent = tree.parent(node);
      TokenRules before = parent < first ? rules : behind[parent];
      behind[node] = node < first ? TokenRules.NONE : before.after(tree.token(node));
      edits[node] = behind[node].edit();
    }
    return List.of(edits);
  }

  private TokenChoice[] choose(
      NDArray hidden, Sampling sampling, List<LogitEdit> edits, int... positions) {
    OptionalInt top =
        topLogProbabilities.isEmpty() && ranked == 0
            ? OptionalInt.empty()
            : OptionalInt.of(Math.max(topLogProbabilities.orElse(0), ranked));
    TokenChoice[] choices = model.head().choose(hidden, sampling, positions, edits, top);
    for (int row = 0; row < choices.length; row++) {
      float margin = choices[row].margin();
      boolean isTie = sampling.isGreedy() && margin == 0;
      if (Float.isNaN(margin) || (isTie && allTie(hidden, row))) {
        throw noLogits();
      }
    }
    return choices;
  }

  /** Whether no token is better than another, as behind a norm that has overflowed. */
  private boolean allTie(NDArray hidden, int row) {
    float[] logits = model.head().logits(hidden.get(row + ":" + (row + 1))).toFloatArray();
    for (float logit : logits) {
      if (logit != logits[0]) {
        return false;
      }
    }
    return true;
  }

  private CloudException noLogits() {
    remote.giveUp();
    return new CloudException(
        ErrorCode.CLOUD_FAILED,
        "no token can be chosen by the cloud's hidden states: the logits are not finite numbers, or"
            + " all the same; its copy of the model is damaged, or a precision is too narrow for the"
            + " model");
  }

  /** This session's layers for drafters. */
  public EdgeLayers draftLayers() {
    return new DraftLayers();
  }

  /**
   * The session's layers as drafters see them. Drafts see the session's own caches and are written
   * to slots that are free there. Nothing sees what is in a free slot, and the step that is given
   * the slot next writes over it.
   */
  private final class DraftLayers implements EdgeLayers {
    @Override
    public int hiddenSize() {
      return model.config().hiddenSize();
    }

    @Override
    public int length() {
      return slots.length();
    }

    @Override
    public ByteBuffer lowerOutput(int from, int to) {
      return remote.lowerOutput(from, to);
    }

    @Override
    public ByteBuffer middleOutput(int from, int to) {
      return remote.middleOutput(from, to);
    }

    @Override
    public ByteBuffer tapped(int layer, int from, int to) {
      return taps.orElseThrow(() -> new IllegalStateException("no layer was to be tapped"))
          .rows(layer, from, to);
    }

    @Override
    public NDArray embed(NDManager scope, int... tokens) {
      return model.embedding().embed(scope, tokens);
    }

    @Override
    public NDManager newScope() {
      return model.newScope();
    }

    private Step step(TokenTree tree) {
      if (verified != null || ahead != null) {
        throw new IllegalStateException("a draft would overwrite a tree that is not accepted yet");
      }
      return slots.tryOut(tree);
    }

    @Override
    public NDArray lower(NDManager scope, TokenTree tree, int from) {
      int[] rest = Arrays.copyOfRange(tree.tokens(), from, tree.size());
      NDArray embedded = model.embedding().embed(scope, rest);
      return model.drafting().get().lower().forwardLast(embedded, step(tree), lowerCache);
    }

    @Override
    public NDArray upper(NDArray middle, TokenTree tree) {
      return model.drafting().get().upper().forwardLast(middle, step(tree), upperCache);
    }

    @Override
    public NDArray run(DecoderRange layer, KvCache cache, NDArray hidden, TokenTree tree) {
      return layer.forwardLast(hidden, step(tree), cache);
    }

    @Override
    public void show(DecoderRange layer, KvCache cache, NDArray hidden, int from, int to) {
      layer.forward(hidden, slots.again(from, to), cache).close();
    }

    @Override
    public int settled() {
      return slots.settled();
    }
  }

  /** Ends the sequence in the cloud and frees both caches. */
  @Override
  public void close() {
    try {
      remote.close();
    } finally {
      lowerCache.close();
      upperCache.close();
    }
  }
}
