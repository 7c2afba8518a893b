package dev.bookend;

import dev.bookend.SessionPool.PooledSession;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.learning.OnlineLearning;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.speculation.CostMemory;
import dev.bookend.speculation.DraftModels;
import dev.bookend.split.Split;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * A split model that answers: the lower and upper layers in this process, the middle layers in the
 * cloud or, where the options do not name one, embedded in this process too.
 *
 * <pre>{@code
 * try (Bookend bookend = Bookend.open(BookendOptions.of("smollm2"))) {
 *   CompletionRequest question = CompletionRequest.chat("What is the capital of France?");
 *   Completion answer = bookend.complete(question, System.out::print);
 *   bookend.complete(question.followedBy(answer, "And of Italy?"), System.out::print);
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads: answers run side by side, each with a session of its own, and
 * are the same as one by one. Sessions are kept for the next request that begins in the same way;
 * see {@link SessionLimits}.
 */
public final class Bookend implements AutoCloseable {
  private final BookendOptions options;
  private final TextModel model;
  private final boolean ownsModel;
  private final Optional<BatchInvariantSteps> steps;
  private final CostMemory costs;
  private final SessionPool pool;
  private final String cacheSalt;
  private final Set<RunningCompletion> running;
  private final AtomicBoolean closed;
  private final ReadWriteLock tokenizing;
  private final ExecutorService workers;

  private Bookend(BookendOptions options, TextModel model, boolean ownsModel) {
    this.options = options;
    this.model = model;
    this.ownsModel = ownsModel;
    this.steps =
        options.batchInvariant()
            ? Optional.of(BatchInvariantSteps.require(model.model().edge()))
            : Optional.empty();
    this.costs =
        options
            .learnedCosts()
            .map(
                directory ->
                    CostMemory.in(
                        directory, model.model().costsDependOn() + " " + steps.isPresent()))
            .orElseGet(CostMemory::ofThisProcess);
    this.pool = new SessionPool(options.sessions(), this::openSession, System::nanoTime);
    this.cacheSalt = "";
    this.running = ConcurrentHashMap.newKeySet();
    this.closed = new AtomicBoolean();
    this.tokenizing = new ReentrantReadWriteLock();
    AtomicInteger threads = new AtomicInteger();
    this.workers =
        Executors.newCachedThreadPool(
            task -> new Thread(task, "bookend-answer-" + threads.incrementAndGet()));
  }

  private Bookend(Bookend same, String cacheSalt) {
    this.options = same.options;
    this.model = same.model;
    this.ownsModel = same.ownsModel;
    this.steps = same.steps;
    this.costs = same.costs;
    this.pool = same.pool;
    this.cacheSalt = cacheSalt;
    this.running = same.running;
    this.closed = same.closed;
    this.tokenizing = same.tokenizing;
    this.workers = same.workers;
  }

  /**
   * Opens a model; fetches it first if it is not on this machine. Where the middle layers are
   * elsewhere, only what is needed here is fetched.
   *
   * @throws BookendException if the model cannot be found, fetched or used, the split does not fit
   *     it, or the cloud cannot be reached or has no middle for this model and split
   */
  public static Bookend open(BookendOptions options) {
    Split split = options.split().split();
    Decoder.prepare();
    Checkpoint checkpoint =
        options.split().cloud().isEmbedded()
            ? checkpoint(options, options.model())
            : CheckpointFiles.open(
                new ModelStore()
                    .resolveForEdge(
                        options.model(),
                        new EdgeLayers(split.lower(), split.upper()),
                        options.progress()));
    return of(TextModel.open(checkpoint, options.split()), options);
  }

  /**
   * A front door for a model that is open.
   *
   * @param model closed with this
   * @param options of which the model's name and split are not looked at
   */
  public static Bookend of(TextModel model, BookendOptions options) {
    try {
      return new Bookend(options, model, true);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Another front door to the model of this one, with sessions and drafters of its own: to decode
   * in another way without loading the weights again. To be closed before this one is.
   *
   * @param others of which the model's name and split are not looked at
   * @throws BookendException as {@link #of}; this one stays open then
   * @throws IllegalStateException if this is closed
   */
  public Bookend beside(BookendOptions others) {
    if (closed.get()) {
      throw new IllegalStateException("the model is closed");
    }
    return new Bookend(others, model, false);
  }

  /**
   * The same, for somebody of his own: what he asks finds no session that holds another's text.
   * Otherwise the tokens that need not be run again, and how long an answer takes, would tell what
   * others have asked. All else is shared; closing one closes the other.
   *
   * @param salt whose; answers with the same one share what is kept, as vLLM's {@code cache_salt}
   */
  public Bookend withCacheSalt(String salt) {
    return new Bookend(this, salt);
  }

  private static Checkpoint checkpoint(BookendOptions options, String name) {
    return CheckpointFiles.open(new ModelStore().resolve(name, options.progress()));
  }

  /** Of the user's store, with the progress that the options show. */
  private record NamedDraftModels(BookendOptions options) implements DraftModels {
    @Override
    public Checkpoint open(String name) {
      return checkpoint(options, name);
    }

    @Override
    public Path head(String name) {
      return new ModelStore().resolveHead(name, options.progress());
    }
  }

  private PooledSession openSession(String salt) {
    Decoding decoding = decoding();
    try {
      return new PooledSession(salt, model.model().newSession(steps), decoding);
    } catch (RuntimeException | Error e) {
      decoding.close();
      throw e;
    }
  }

  private Decoding decoding() {
    return options.speculative()
        ? new SpeculativeDecoding(
            Sampling.GREEDY,
            model.drafters(
                options.drafters().orElseGet(model::usualDrafters), new NamedDraftModels(options)),
            costs)
        : SequentialDecoding.GREEDY;
  }

  /**
   * Generates a completion on the calling thread. Waits while as many answers as there may be
   * sessions are under way.
   *
   * @param listener is told each piece of text as soon as it is certain
   * @throws BookendException if the prompt does not fit the context, the model's template refuses
   *     the conversation, or the cloud is lost for good; what was told before stands
   * @throws IllegalArgumentException if the prompt has no token
   * @throws IllegalStateException if this is closed
   */
  public Completion complete(CompletionRequest request, CompletionListener listener) {
    return complete(request, listener, new Cancellation());
  }

  /** As {@link #complete(CompletionRequest, CompletionListener)}, for who wants the whole only. */
  public Completion complete(CompletionRequest request) {
    return complete(request, CompletionListener.NONE);
  }

  /**
   * As {@link #complete(CompletionRequest, CompletionListener)} on a thread of its own, which calls
   * the listener too; returns at once.
   *
   * @throws IllegalStateException if this is closed
   */
  public RunningCompletion start(CompletionRequest request, CompletionListener listener) {
    if (closed.get()) {
      throw new IllegalStateException("the model is closed");
    }
    RunningCompletion completion = new RunningCompletion();
    running.add(completion);
    try {
      workers.execute(() -> run(completion, request, listener));
    } catch (RejectedExecutionException e) {
      running.remove(completion);
      throw new IllegalStateException("the model is closed", e);
    }
    return completion;
  }

  private void run(
      RunningCompletion completion, CompletionRequest request, CompletionListener listener) {
    try {
      completion.result().complete(complete(request, listener, completion.cancellation()));
    } catch (Throwable e) { // also errors: someone waits for the result
      completion.result().completeExceptionally(e);
    } finally {
      running.remove(completion);
    }
  }

  /**
   * As {@link #complete(CompletionRequest, CompletionListener)}, and can be ended from elsewhere.
   *
   * @param cancellation for this completion alone
   * @return where it was cancelled, what was generated until then, which may be nothing, with
   *     INTERRUPTED as the reason to end
   * @throws BookendException as above, and with {@link ErrorCode#CANCELLED} if it was cancelled
   *     while it waited for a session, or the calling thread was interrupted otherwise
   */
  public Completion complete(
      CompletionRequest request, CompletionListener listener, Cancellation cancellation) {
    Completion completion;
    cancellation.begin();
    try {
      int[] prompt = tokens(request.prompt());
      if (prompt.length == 0) {
        throw new IllegalArgumentException("the prompt has no token");
      }
      Answering answering = new Answering(model, request, prompt, listener, cancellation);
      completion =
          cancellation.isRequested()
              ? answering.notBegun()
              : use(
                  prompt,
                  pooled -> {
                    Completion whole = answering.run(pooled);
                    model.learning().ifPresent(one -> one.add(pooled.session(), prompt.length));
                    return whole;
                  });
    } finally {
      cancellation.end();
    }
    model.remember(
        completion.promptTokens().stream().mapToInt(id -> id).toArray(), completion.tokens());
    return completion;
  }

  /** Does something with a session out of the pool. */
  private <T> T use(int[] prompt, Function<PooledSession, T> work) {
    Optional<OnlineLearning> learning = model.learning();
    learning.ifPresent(OnlineLearning::begun);
    try {
      return withSession(take(prompt), work);
    } finally {
      learning.ifPresent(OnlineLearning::ended);
    }
  }

  private <T> T withSession(PooledSession pooled, Function<PooledSession, T> work) {
    boolean usable = false;
    try {
      T result = work.apply(pooled);
      usable = true;
      return result;
    } catch (BookendException e) {
      // It holds what was accepted, and replays that for the next request. Of a drafter that has
      // failed nobody knows what it holds.
      usable = e.code() != ErrorCode.DRAFTER_UNUSABLE;
      throw e;
    } finally {
      if (usable) {
        pool.giveBack(pooled);
      } else {
        pool.discard(pooled);
      }
    }
  }

  private PooledSession take(int[] prompt) {
    try {
      return pool.take(cacheSalt, prompt);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BookendException(ErrorCode.CANCELLED, "interrupted while waiting for a session", e);
    }
  }

  /**
   * How probable the model finds a text, token by token. Runs all of it, in a session of the pool.
   *
   * @return of each token but the first, given those before it
   * @throws BookendException if the context does not hold the text, or the cloud is lost for good
   * @throws IllegalArgumentException if there is no token
   * @throws IllegalStateException if this is closed
   */
  public TokenScore[] score(int... tokens) {
    return score(0, tokens);
  }

  /**
   * As {@link #score(int...)}, with the most probable tokens in each place.
   *
   * @param top how many of them; 0: none
   */
  public TokenScore[] score(int top, int[] tokens) {
    return score(top, tokens, new Cancellation());
  }

  /**
   * As {@link #score(int, int[])}, and can be ended from elsewhere.
   *
   * @param cancellation for this call alone
   * @throws BookendException also of code {@link ErrorCode#CANCELLED} if it was
   */
  public TokenScore[] score(int top, int[] tokens, Cancellation cancellation) {
    cancellation.begin();
    try {
      cancellation.throwIfRequested();
      // No session has anything to save here, so the one that was idle longest is used up.
      return use(new int[0], pooled -> pooled.session().score(tokens, top));
    } finally {
      cancellation.end();
    }
  }

  /** The model that answers, for what has no place here. */
  public TextModel model() {
    return model;
  }

  /** The sizes that steps have; empty: any. */
  public Optional<BatchInvariantSteps> batchInvariantSteps() {
    return steps;
  }

  /** The options that this was opened with. */
  public BookendOptions options() {
    return options;
  }

  /** Sessions that exist now, at work or idle. */
  public int sessions() {
    return pool.open();
  }

  /** Requests that wait for a session now. */
  public int waiting() {
    return pool.waiting();
  }

  /**
   * Cancels the completions that {@link #start} has started, waits for all that are under way, ends
   * their sequences in the cloud, and frees the model unless it is another's ({@link #beside}).
   * Later calls throw IllegalStateException. Not to be called by a listener, for whose completion
   * it would wait.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    running.forEach(RunningCompletion::cancel);
    try {
      pool.close();
    } finally {
      costs.save();
      workers.shutdown();
      tokenizing.writeLock().lock(); // nobody is using the tokenizer now, nor will again
      try {
        if (ownsModel) {
          model.close();
        }
      } finally {
        tokenizing.writeLock().unlock();
      }
    }
  }

  /**
   * The tokens that a prompt is for this model.
   *
   * @throws BookendException if the model's template refuses the conversation, or there is none
   * @throws IllegalStateException if this is closed
   */
  public int[] tokens(Prompt prompt) {
    return withTokenizer(
        tokenizer -> {
          if (prompt instanceof Prompt.Chat chat) {
            return model.chatPrompt(chat);
          }
          return prompt instanceof Prompt.Text text
              ? model.rawPrompt(text.text())
              : ((Prompt.Tokens) prompt).ids();
        });
  }

  /**
   * Does something with the model's tokenizer, which is not freed meanwhile.
   *
   * @throws IllegalStateException if this is closed
   */
  public <T> T withTokenizer(Function<Tokenizer, T> work) {
    tokenizing.readLock().lock();
    try {
      if (closed.get()) {
        throw new IllegalStateException("the model is closed");
      }
      return work.apply(model.tokenizer());
    } finally {
      tokenizing.readLock().unlock();
    }
  }
}
