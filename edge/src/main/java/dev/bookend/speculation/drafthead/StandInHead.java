package dev.bookend.speculation.drafthead;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.ComputeThread;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.LinearMap;
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
 * A draft head that stands in for the middle layers. A linear map estimates the middle's output for
 * a token from the lower layers' output for it and the middle's output for the token before it; a
 * head that was trained in advance has a decoder layer on top of the map, which attends to all the
 * text.
 *
 * <p>A head without training in advance learns during use, from the hidden states that the edge
 * sees in any case. It proposes little until it has seen some thousand tokens, and has no layer.
 * Learning goes on in the background and keeps sums of a fixed size. One head serves all sessions
 * of a model; safe for use by several threads. H is the width of the hidden states, T a number of
 * tokens.
 */
public final class StandInHead implements AutoCloseable {
  /** Ridge regression's penalty, on the scale of a sum over so many tokens. */
  private static final double RIDGE = 10;

  /** By what factor the number of tokens seen must have grown before the next fit. */
  private static final double GROWTH = 1.5;

  /** How many pieces of text may wait to be learned from; further ones are left out. */
  private static final int MOST_WAITING = 64;

  /** The largest H at which a head learns during use: its sums grow with the square of H. */
  private static final int WIDEST = 2048;

  private final NDManager manager;
  private final int hiddenSize;
  private final Shortlist shortlist;
  private final RidgeRegression regression;
  private final DecoderRange layer;
  private final LinearMap fixedMap;
  private final ExecutorService background;
  private final Semaphore room = new Semaphore(MOST_WAITING);
  private final Object mapLock = new Object();
  private long nextFit;
  private NDArray map;

  private StandInHead(
      NDManager manager,
      Shortlist shortlist,
      RidgeRegression regression,
      DecoderRange layer,
      LinearMap fixedMap) {
    this.manager = manager;
    this.hiddenSize = shortlist.hiddenSize();
    this.shortlist = shortlist;
    this.regression = regression;
    this.layer = layer;
    this.fixedMap = fixedMap;
    this.nextFit = 2L * hiddenSize + 1; // As many tokens as each output has weights.
    this.background =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "bookend-standin");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * A head that was trained in advance.
   *
   * @param manager closed with this
   * @param shortlist the tokens that may be proposed, besides those of the text; closed with this
   * @param map FP32 [2H+1,H], a row for each input and one for a constant 1; attached to manager
   * @param layer the decoder layer on top of the map; closed with this
   */
  public static StandInHead ready(
      NDManager manager, Shortlist shortlist, NDArray map, DecoderRange layer) {
    StandInHead head = new StandInHead(manager, shortlist, null, layer, null);
    head.map = map;
    return head;
  }

  /**
   * A head that was trained in advance, whose map is held in the model's own weights.
   *
   * @param manager closed with this
   * @param shortlist the tokens that may be proposed, besides those of the text; closed with this
   * @param map from 2H inputs to H outputs; closed with this
   * @param layer the decoder layer on top of the map; closed with this
   */
  public static StandInHead ready(
      NDManager manager, Shortlist shortlist, LinearMap map, DecoderRange layer) {
    return new StandInHead(manager, shortlist, null, layer, map);
  }

  /**
   * A head that learns during use, and has learned nothing yet.
   *
   * @param manager closed with this
   * @param shortlist the tokens that may be proposed, besides those of the text; closed with this
   * @param regression from 2H inputs to H outputs; closed with this
   */
  public static StandInHead learning(
      NDManager manager, Shortlist shortlist, RidgeRegression regression) {
    return new StandInHead(manager, shortlist, regression, null, null);
  }

  /** Whether learning during use takes an acceptable amount of memory and time at this width. */
  public static boolean learnsOnline(int hiddenSize) {
    return hiddenSize <= WIDEST;
  }

  /** Whether it learns during use. */
  boolean isLearning() {
    return regression != null;
  }

  /** Whether it has a map yet. */
  public boolean isUseful() {
    synchronized (mapLock) {
      return map != null || fixedMap != null;
    }
  }

  /**
   * Learns in the background from consecutive tokens; waits while too many others wait to be
   * learned from.
   *
   * @param lower FP32 [T,H]: the lower layers' output
   * @param middle FP32 [T+1,H]: the middle's output, for the token before them first
   */
  public void learn(ByteBuffer lower, ByteBuffer middle) {
    room.acquireUninterruptibly();
    learnWithRoom(lower, middle);
  }

  /** As {@link #learn}, but leaves the tokens out where it would have to wait. */
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

  /** Waits until it has learned from all that it was given, and fits the map to it. */
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

  /** The tokens that may be proposed, besides those of the text. */
  Shortlist shortlist() {
    return shortlist;
  }

  /** The layer on top of the map, if there is one. */
  Optional<DecoderRange> layer() {
    return Optional.ofNullable(layer);
  }

  /**
   * A copy of the map of a head that learns, as it is now: FP32 [2H+1,H].
   *
   * @param scope owns the copy
   */
  public NDArray map(NDManager scope) {
    synchronized (mapLock) {
      NDArray copy = map.duplicate();
      copy.attach(scope);
      return copy;
    }
  }

  /**
   * The map's estimate of the middle's output.
   *
   * @param lower FP32 [T,H]: the lower layers' output
   * @param before FP32 [T,H]: for each token, the middle's output for the token before it, or an
   *     estimate of that
   * @return FP32 [T,H]
   */
  NDArray estimate(NDArray lower, NDArray before) {
    if (fixedMap != null) {
      return fixedMap.apply(ComputeThread.run(() -> lower.concat(before, 1)));
    }
    synchronized (mapLock) {
      NDManager scope = lower.getManager();
      NDArray weights = map.get("0:" + 2 * hiddenSize);
      NDArray constant = map.get(2L * hiddenSize);
      weights.attach(scope);
      constant.attach(scope);
      return ComputeThread.run(() -> lower.concat(before, 1).matMul(weights).add(constant));
    }
  }

  /** Leaves out what still waits to be learned from. */
  @Override
  public void close() {
    background.shutdownNow();
    boolean ended = false;
    while (!ended) {
      try {
        ended = background.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return; // The background thread may still use the rest, which is not freed then.
      }
    }
    if (regression != null) {
      regression.close();
    }
    if (layer != null) {
      layer.close();
    }
    if (fixedMap != null) {
      fixedMap.close();
    }
    shortlist.close();
    manager.close();
  }
}
