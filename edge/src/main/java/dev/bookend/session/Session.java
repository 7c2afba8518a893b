package dev.bookend.session;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.bookend.decoding.Generation;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.Embedding;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.ResilientSequence;
import dev.bookend.remote.ResilientSequence.Request;
import dev.bookend.speculation.EdgeLayers;
import dev.bookend.split.SplitModel;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One growing token sequence: the KV caches of the lower and upper layers here, and a Triton
 * sequence for the middle. Tokens are run in steps; those of a step that turn out right are
 * committed, the others are forgotten at no cost.
 *
 * <p>If the cloud loses the sequence or the network fails, the session opens another and replays
 * what it has committed; the caller sees nothing but the delay. Not thread-safe.
 */
public final class Session implements AutoCloseable {
  private final SplitModel model;
  private final Optional<BatchInvariantSteps> exactSteps;
  private final Embedding embedding;
  private final KvCache lowerCache;
  private final KvCache upperCache;
  private final SlotTable slots;
  private final HiddenStateLog log;
  private final HiddenStateLog middleLog;
  private final SessionMeter meter = new SessionMeter();
  private final ResilientSequence exchange;
  private Request last;
  private int lastFirst;
  private ByteBuffer lastMiddle;
  private Flight ahead;
  private OptionalInt topLogProbabilities = OptionalInt.empty();

  /**
   * @param exactSteps the shape that steps must have so that it does not matter how tokens share
   *     them; empty: any
   */
  public Session(SplitModel model, Optional<BatchInvariantSteps> exactSteps) {
    this.model = model;
    this.exactSteps = exactSteps;
    this.embedding = model.embedding();
    this.lowerCache = model.lower().newCache();
    this.upperCache = model.upper().newCache();
    this.slots = new SlotTable(model.config().slidingWindow());
    this.log = new HiddenStateLog(model.config().hiddenSize() * Float.BYTES);
    this.middleLog = new HiddenStateLog(model.config().hiddenSize() * Float.BYTES);
    this.exchange = new ResilientSequence(model, slots, log, middleLog, this::stepSize, meter);
  }

  /**
   * Guesses sent before the answer to those before them is there.
   *
   * @param branch nodes of the tree before, behind which they come
   * @param parts empty: not sent yet, or lost
   */
  private record Flight(
      Request request, List<Integer> branch, List<ResilientSequence.Part> parts) {}

  /**
   * Guesses to send before the answer to those before them is there.
   *
   * @param branch nodes of the tree before, behind which they come: from its first node on, each
   *     the parent of the next
   */
  public record Ahead(List<Integer> branch, TokenTree tokens) {}

  private int contextLength() {
    // The rows that fill up a step take slots too.
    return model.contextLength() - (stepSize(1) - 1);
  }

  /** How many tokens a step has for some. */
  private int stepSize(int tokens) {
    return exactSteps.map(steps -> steps.size(tokens)).orElse(tokens);
  }

  /** Most tokens of a step with guesses. */
  private int largestStep() {
    return exactSteps.isPresent() ? BatchInvariantSteps.MOST : model.maxTokensPerStep();
  }

  /**
   * Committed tokens that the next step runs again, in the slots where they would lie if none of
   * the guesses had been sent.
   */
  private int misplaced() {
    return exactSteps.isPresent() ? slots.length() - slots.inPlace() : 0;
  }

  /** Number of committed tokens. */
  public int length() {
    return slots.length();
  }

  /** The committed tokens. */
  public int[] tokens() {
    return slots.tokensFrom(0);
  }

  /** What this session has cost so far. */
  public SessionStats stats() {
    return meter.stats();
  }

  /**
   * From now on choices come with their log-probabilities, at the price of a second LM head.
   *
   * @param top with how many of the most probable tokens in each place; empty: no longer any
   */
  public void recordLogProbabilities(OptionalInt top) {
    topLogProbabilities = top;
  }

  /** How many of the first tokens are those that the session holds. */
  public int commonPrefix(int[] tokens) {
    return slots.commonPrefix(tokens);
  }

  /** Whether the context holds no further token. */
  public boolean isFull() {
    return isFull(0);
  }

  /** Whether the context holds no further token once {@code more} are committed. */
  public boolean isFull(int more) {
    return slots.length() + more >= contextLength();
  }

  /** Most tokens that a tree may have now. */
  public int largestTree() {
    return Math.min(contextLength() - slots.length(), largestStep() - misplaced());
  }

  /**
   * Most tokens that a branch of a tree may have now. Once a sliding window moves it is 1: the
   * window would move between the tokens of a branch, which one step cannot express.
   */
  public int longestBranch() {
    return slots.longestStep(slots.length());
  }

  /** {@link #prefill(int[], Sampling)} with the most probable token as the choice. */
  public TokenChoice prefill(int[] tokens) {
    return prefill(tokens, Sampling.GREEDY);
  }

  /**
   * Makes the session hold exactly these tokens. The prefix that it holds already is kept; the rest
   * is run in steps of at most {@link SplitModel#maxTokensPerStep} that are sent without waiting
   * for each other; while the cloud computes one, the lower layers run the next.
   *
   * @return the model's choice after the last token
   * @throws IllegalArgumentException if there is no token
   * @throws ContextFullException if the context does not hold them
   */
  public TokenChoice prefill(int[] tokens, Sampling sampling) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("no tokens");
    }
    requireRoom(tokens.length);
    // The last token is run in any case: its output is what the caller asks for.
    int kept = Math.min(slots.commonPrefix(tokens), tokens.length - 1);
    kept = Math.min(kept, slots.length() - misplaced());
    TokenChoice[] choice = new TokenChoice[1];
    fill(
        tokens,
        kept,
        (end, hidden) -> {
          if (end == tokens.length) {
            long rows = hidden.getShape().get(0);
            NDArray lastRow = hidden.get((rows - 1) + ":" + rows);
            choice[0] = choose(lastRow, sampling, end - 1)[0];
          }
        });
    return choice[0];
  }

  /**
   * How well the model foretells a text: runs it anew, and holds it afterwards.
   *
   * @return of each token but the first, given those before it
   * @throws IllegalArgumentException if there is no token
   * @throws ContextFullException if the context does not hold them
   */
  public TokenScore[] score(int[] tokens) {
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
          TokenScore[] scores = model.head().score(hidden, next);
          System.arraycopy(scores, 0, all, from, scores.length);
        });
    return all;
  }

  /** Takes the upper layers' output for the tokens before {@code end} that were run at once. */
  private interface HiddenHandler {
    void accept(int end, NDArray hidden);
  }

  /** Runs all tokens but the first {@code kept}, which the session holds. */
  private void fill(int[] tokens, int kept, HiddenHandler handler) {
    truncate(kept);
    boolean held = false;
    try {
      exchange.run(
          new Chunks(tokens),
          List.of(),
          () -> {},
          (request, answer) -> {
            Step step = request.step();
            try (NDManager scope = model.newScope()) {
              NDArray middle = exchange.output(scope, answer, step);
              ByteBuffer rows = exchange.numbers(middle, answer);
              for (int row = 0; row < request.size(); row++) {
                middleLog.append(rows, row);
              }
              NDArray hidden = model.upper().forward(middle, step, upperCache);
              boolean filledUp = request.size() < step.tokens();
              handler.accept(
                  middleLog.length(), filledUp ? hidden.get("0:" + request.size()) : hidden);
            }
          });
      held = true;
    } finally {
      if (!held) {
        // The middle and upper layers have not seen all of these tokens.
        truncate(kept);
      }
    }
    meter.prefilled(tokens.length - kept);
  }

  /** Runs tokens that are not committed yet through the lower layers, a step each, and commits. */
  private final class Chunks implements Iterator<Request> {
    private final int[] tokens;

    Chunks(int[] tokens) {
      this.tokens = tokens;
    }

    @Override
    public boolean hasNext() {
      return slots.length() < tokens.length;
    }

    @Override
    public Request next() {
      int done = slots.length();
      int count =
          Math.min(
              Math.min(tokens.length - done, model.maxTokensPerStep()), slots.longestStep(done));
      TokenTree chunk = TokenTree.chain(Arrays.copyOfRange(tokens, done, done + count));
      Request request = lower(chunk);
      for (int token = 0; token < count; token++) {
        commitRow(request, token);
      }
      return request;
    }
  }

  /** {@link #verify(TokenTree, Sampling)} with the most probable tokens as the choices. */
  public TokenChoice[] verify(TokenTree tree) {
    return verify(tree, Sampling.GREEDY);
  }

  /**
   * Runs a tree of guesses behind the committed tokens in one round trip; commits none of them.
   *
   * @return the model's choice after each node
   * @throws ContextFullException if the context does not hold the tree
   * @throws IllegalArgumentException if the model has a sliding window and the tree is so deep that
   *     the window would move within it: all nodes of a step see the same committed tokens
   */
  public TokenChoice[] verify(TokenTree tree, Sampling sampling) {
    return verify(tree, sampling, Optional.empty());
  }

  /**
   * As {@link #verify(TokenTree, Sampling)}, and sends further guesses while the answer is on its
   * way.
   *
   * @param next no larger than {@link #largestTreeBehind}
   */
  public TokenChoice[] verify(TokenTree tree, Sampling sampling, Optional<Ahead> next) {
    requireRoom(slots.length() + tree.size());
    int again = misplaced();
    TokenTree whole = tree.behind(slots.tokensFrom(slots.length() - again));
    truncate(slots.length() - again);
    last = lower(whole);
    lastFirst = again;
    TokenChoice[] choices = await(List.of(), sampling, next);
    for (int row = 0; row < again; row++) {
      commitRow(last, row);
      middleLog.append(lastMiddle, row);
    }
    return Arrays.copyOfRange(choices, again, again + tree.size());
  }

  /**
   * The same for the guesses that were sent ahead: the branch behind which they come has been
   * committed, and no other token.
   */
  public TokenChoice[] verifyAhead(Sampling sampling, Optional<Ahead> next) {
    Flight flight = ahead;
    ahead = null;
    last = flight.request();
    lastFirst = 0;
    meter.ahead();
    return await(flight.parts(), sampling, next);
  }

  /** Forgets the guesses that were sent ahead, if there are any: the text takes another way. */
  public void forgetAhead() {
    ahead = null;
  }

  /** Most tokens that can be sent behind a tree before the answer to it is there. */
  public int largestTreeBehind(int tree) {
    return exactSteps.isPresent() || model.config().slidingWindow().isPresent()
        ? 0 // places and windows move with what is committed
        : Math.min(largestStep(), contextLength() - slots.length() - tree);
  }

  private TokenChoice[] await(
      List<ResilientSequence.Part> sent, Sampling sampling, Optional<Ahead> next) {
    lastMiddle = null;
    TokenChoice[][] choices = new TokenChoice[1][];
    try {
      exchange.run(
          List.of(last).iterator(),
          sent,
          () -> next.ifPresent(this::sendAhead),
          (request, answer) -> {
            try (NDManager scope = model.newScope()) {
              NDArray middle = exchange.output(scope, answer, last.step());
              lastMiddle = exchange.numbers(middle, answer);
              NDArray hidden = model.upper().forward(middle, last.step(), upperCache);
              choices[0] = choose(hidden, sampling, last.tokens().positions(slots.length()));
            }
          });
    } finally {
      if (choices[0] == null) {
        last = null; // there is nothing to commit
        ahead = null;
      }
    }
    meter.roundTrip(last.step().tokens());
    return choices[0];
  }

  /** Sends guesses behind a branch of the tree on its way; once more if they were lost. */
  private void sendAhead(Ahead next) {
    if (ahead == null) {
      Step step = slots.layOutBehind(last.step(), next.branch(), next.tokens());
      ahead = new Flight(lower(next.tokens(), step), next.branch(), List.of());
    }
    ahead = new Flight(ahead.request(), ahead.branch(), exchange.send(ahead.request()));
  }

  /**
   * Whether the choice after a node of the tree last verified is what it would be without the other
   * nodes. Always where steps are not to be exact; else the node must lie in the slot where it
   * would lie then, for attention adds up by slots, or the choice must be no near tie.
   */
  public boolean isCertain(int node, TokenChoice choice) {
    int row = lastFirst + node;
    return exactSteps.isEmpty()
        || choice.margin() >= Generation.NEAR_TIE
        || last.step().slot(row) == last.tokens().positions(slots.length() - lastFirst)[row];
  }

  /**
   * Commits a branch of the tree last verified.
   *
   * @param nodes the branch from its first node on; each is the parent of the next
   */
  public void commit(int... nodes) {
    if (ahead != null && !Arrays.stream(nodes).boxed().toList().equals(ahead.branch())) {
      ahead = null;
    }
    for (int node : nodes) {
      commitRow(last, lastFirst + node);
      middleLog.append(lastMiddle, lastFirst + node);
    }
    meter.committed(nodes.length);
    last = null;
    lastMiddle = null;
  }

  private void commitRow(Request request, int row) {
    slots.commit(request.tokens().token(row), request.step().slot(row));
    log.append(request.hidden(), row);
  }

  private void truncate(int length) {
    last = null; // also what a listener's failure has left
    ahead = null;
    slots.truncate(length);
    log.truncate(length);
    middleLog.truncate(length);
  }

  /** This session's layers for drafters. */
  public EdgeLayers draftLayers() {
    return new DraftLayers(
        model,
        slots,
        lowerCache,
        upperCache,
        log,
        middleLog,
        () -> last != null || ahead != null,
        this::misplaced);
  }

  private void requireRoom(int tokens) {
    if (tokens > contextLength()) {
      throw new ContextFullException(tokens, contextLength());
    }
  }

  private Request lower(TokenTree tree) {
    TokenTree filled = tree.padded(stepSize(tree.size()));
    Request request = lower(filled, slots.layOut(filled));
    return new Request(filled, tree.size(), request.hidden(), request.step());
  }

  private Request lower(TokenTree tree, Step step) {
    long start = System.nanoTime();
    try (NDManager scope = model.newScope()) {
      NDArray embedded = embedding.embed(scope, tree.tokens());
      ByteBuffer hidden = model.lower().forward(embedded, step, lowerCache).toByteBuffer();
      return new Request(tree, tree.size(), hidden, step);
    } finally {
      meter.edge(System.nanoTime() - start);
    }
  }

  private TokenChoice[] choose(NDArray hidden, Sampling sampling, int... positions) {
    TokenChoice[] choices = model.head().choose(hidden, sampling, positions);
    for (TokenChoice choice : choices) {
      if (Float.isNaN(choice.margin())) {
        throw new CloudException(
            ErrorCode.CLOUD_FAILED,
            "the cloud's hidden states are not finite numbers; its copy of the model is damaged, or"
                + " its precision is too narrow for the model");
      }
    }
    return topLogProbabilities.isEmpty()
        ? choices
        : model.head().withLogProbabilities(hidden, choices, topLogProbabilities.getAsInt());
  }

  /** Ends the sequence in the cloud and frees both caches. */
  @Override
  public void close() {
    exchange.close();
    lowerCache.close();
    upperCache.close();
  }
}
