package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.RidgeRegression;
import dev.bookend.model.runtime.Shortlist;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What stands in for the middle layers: a linear map from the lower layers' output for a token and
 * the middle's output for the token before it to the middle's output for the token, and, where it
 * is ready-made, a decoder layer on top of it, which sees all the text.
 *
 * <p>Either ready-made, or learning from what the edge sees in any case; then it is of no use until
 * it has seen some thousand tokens, and remains a map. Learning goes on in the background and holds
 * sums of a fixed size. Serves all sessions of a model; safe for use by several threads.
 */
public final class StandInHead implements AutoCloseable {
  /** A fit is drawn to zero in the weight of so many tokens. */
  private static final double RIDGE = 10;

  /** By how much the tokens seen must have grown for the next fit. */
  private static final double GROWTH = 1.5;

  /** Steps that may wait to be learned from; what comes on top is left out. */
  private static final int MOST_WAITING = 64;

  /** Largest H to learn online from: two tables of numbers that grow with its square. */
  private static final int WIDEST = 2048;

  private final NDManager manager;
  private final int hiddenSize;
  private final Shortlist shortlist;
  private final RidgeRegression regression;
  private final DecoderRange layer;
  private final ExecutorService background;
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final Object mapLock = new Object();
  private long nextFit;
  private NDArray map;

  private StandInHead(
      NDManager manager, Shortlist shortlist, RidgeRegression regression, DecoderRange layer) {
    this.manager = manager;
    this.hiddenSize = shortlist.hiddenSize();
    this.shortlist = shortlist;
    this.regression = regression;
    this.layer = layer;
    this.nextFit = 2L * hiddenSize + 1; // as many as each output has weights
    this.background =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "bookend-standin");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * A ready one.
   *
   * @param manager closed with this
   * @param shortlist the tokens to guess, besides those of the text; closed with this
   * @param map FP32 [2H+1,H], a row for each input and one for a constant 1; attached to manager
   * @param layer closed with this
   */
  public static StandInHead ready(
      NDManager manager, Shortlist shortlist, NDArray map, DecoderRange layer) {
    StandInHead standin = new StandInHead(manager, shortlist, null, layer);
    standin.map = map;
    return standin;
  }

  /**
   * One that knows nothing yet.
   *
   * @param manager closed with this
   * @param shortlist the tokens to guess, besides those of the text; closed with this
   * @param regression from 2H inputs to H outputs; closed with this
   */
  public static StandInHead learning(
      NDManager manager, Shortlist shortlist, RidgeRegression regression) {
    return new StandInHead(manager, shortlist, regression, null);
  }

  /** Whether learning during use keeps within bounds of memory and time at this width. */
  public static boolean learnsOnline(int hiddenSize) {
    return hiddenSize <= WIDEST;
  }

  /** Whether it takes note of what it is told. */
  boolean isLearning() {
    return regression != null;
  }

  /** Whether it has anything to say yet. */
  public boolean isUseful() {
    synchronized (mapLock) {
      return map != null;
    }
  }

  /** As {@link #learnIfFree}, but waits for room instead of leaving anything out. */
  public void learn(ByteBuffer lower, ByteBuffer middle) {
    room.acquireUninterruptibly();
    learnWithRoom(lower, middle);
  }

  /**
   * Takes note, in the background, of consecutive tokens; does not wait for it.
   *
   * @param lower FP32 [T,H]: the lower layers' output
   * @param middle FP32 [T+1,H]: the middle's output, for the token before them first
   */
  void learnIfFree(ByteBuffer lower, ByteBuffer middle) {
    if (room.tryAcquire()) {
      learnWithRoom(lower, middle);
    }
  }

  private void learnWithRoom(ByteBuffer lower, ByteBuffer middle) {
    background.execute(
        () -> {
          try {
            add(lower, middle);
          } finally {
            room.release();
          }
        });
  }

  private void add(ByteBuffer lower, ByteBuffer middle) {
    int tokens = lower.remaining() / (hiddenSize * Float.BYTES);
    try (NDManager scope = regression.newScope()) {
      NDArray below = scope.create(lower, new Shape(tokens, hiddenSize), DataType.FLOAT32);
      NDArray all = scope.create(middle, new Shape(tokens + 1, hiddenSize), DataType.FLOAT32);
      NDArray before = all.get("0:" + tokens);
      regression.add(below.concat(before, 1), all.get("1:"));
    }
    if (regression.rows() >= nextFit) {
      fit();
    }
  }

  private void fit() {
    NDArray better = regression.fit(manager, RIDGE);
    nextFit = (long) (GROWTH * regression.rows());
    synchronized (mapLock) {
      if (map != null) {
        map.close();
      }
      map = better;
    }
  }

  /** Learns all that it has been told, and waits until it has. */
  public void settle() {
    CompletableFuture.runAsync(
            () -> {
              if (isLearning() && regression.rows() > 0) {
                fit();
              }
            },
            background)
        .join();
  }

  /** The tokens to guess, besides those of the text. */
  Shortlist shortlist() {
    return shortlist;
  }

  /** The layer on top of the map, if there is one. */
  Optional<DecoderRange> layer() {
    return Optional.ofNullable(layer);
  }

  /** The map now: FP32 [2H+1,H]. */
  public NDArray map(NDManager scope) {
    synchronized (mapLock) {
      NDArray copy = map.duplicate();
      copy.attach(scope);
      return copy;
    }
  }

  /**
   * What the middle might say, as far as the map knows.
   *
   * @param lower FP32 [T,H]
   * @param before FP32 [T,H]: what it said, or might say, of the tokens before
   * @return FP32 [T,H]
   */
  NDArray estimate(NDArray lower, NDArray before) {
    synchronized (mapLock) {
      NDManager scope = lower.getManager();
      NDArray weights = map.get("0:" + 2 * hiddenSize);
      NDArray constant = map.get(2L * hiddenSize);
      weights.attach(scope);
      constant.attach(scope);
      return ComputeThread.run(() -> lower.concat(before, 1).matMul(weights).add(constant));
    }
  }

  /** What waits to be learned from is left out. */
  @Override
  public void close() {
    background.shutdownNow();
    boolean ended = false;
    while (!ended) {
      try {
        ended = background.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return; // what is in use stays until the process ends
      }
    }
    if (regression != null) {
      regression.close();
    }
    if (layer != null) {
      layer.close();
    }
    shortlist.close();
    manager.close();
  }
}
