package dev.bookend.split;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.background.Background;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Distillation;
import dev.bookend.model.runtime.EagleDistillation;
import dev.bookend.model.runtime.LinearMap;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Shortlist;
import dev.bookend.model.runtime.TextBatch;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.DraftingLayers;
import dev.bookend.speculation.drafthead.EagleDraftHeads;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInSource;
import dev.bookend.speculation.drafthead.StandInWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * The draft heads of a split model: the stand-in head that all sessions share, those that others
 * have published, and the making of further ones. Safe for use by several threads; the heads
 * themselves may not be.
 */
public final class DraftHeads implements AutoCloseable {
  /** Most tokens that a draft head can propose: a larger LM head costs more time than it saves. */
  private static final int MOST_TOKENS = 8192;

  private final Decoder decoder;
  private final DraftingLayers exact;
  private final OutputHead head;
  private final Contract contract;
  private final boolean isCloudAway;

  /** Null until it is asked for. */
  private Optional<Decoder> drafting;

  /** Null until it is asked for; begins before the faster layers. */
  private Background<StandInHead> standIn;

  /** Faster layers, where there are some; null as long as nobody drafts with them. */
  private volatile Background<Optional<DraftingLayers>> faster;

  private volatile boolean closed;
  private EagleDraftHeads eagle;

  /**
   * @param decoder must stay open until this is closed, as must the layers and the head
   * @param contract says which layers the middle has
   * @param isCloudAway whether round trips take long, so that draft tokens are wanted at once
   */
  DraftHeads(
      Decoder decoder,
      DecoderRange lower,
      DecoderRange upper,
      OutputHead head,
      Contract contract,
      boolean isCloudAway) {
    this.decoder = decoder;
    this.exact = new DraftingLayers(lower, upper);
    this.head = head;
    this.contract = contract;
    this.isCloudAway = isCloudAway;
  }

  private synchronized Optional<Decoder> drafting() {
    if (drafting == null) {
      drafting = decoder.forDrafts();
    }
    return drafting;
  }

  /** The edge's layers for draft tokens: the exact ones until faster ones have been loaded. */
  public DraftingLayers layers() {
    Background<Optional<DraftingLayers>> loading = faster;
    return loading != null && loading.hasSucceeded() ? loading.result().orElse(exact) : exact;
  }

  private DraftingLayers loadLayers(Decoder drafts) {
    requireOpen();
    DecoderRange lower = drafts.range(0, contract.from());
    try {
      requireOpen();
      return new DraftingLayers(lower, drafts.range(contract.to(), contract.layers()));
    } catch (RuntimeException e) {
      lower.close();
      throw e;
    }
  }

  /**
   * The stand-in head that this model's sessions share: the one that was trained for this model and
   * split or, if there is none, one that learns from these sessions.
   *
   * @throws BookendException if its file is damaged, or there is none and the model is too wide to
   *     learn from sessions
   */
  public StandInHead standIn() {
    requireStandIn();
    return loadedStandIn().result();
  }

  /**
   * The same head for who need not have it at once, where round trips take no time.
   *
   * @throws BookendException if there is none and the model is too wide to learn from sessions
   */
  public StandInSource standInSource() {
    requireStandIn();
    if (isCloudAway) {
      // Each round trip without its draft tokens would cost more than the loading.
      Optional<StandInHead> loaded = Optional.of(standIn());
      return () -> loaded;
    }
    // What the first drafts cost is remembered: through slower layers they would seem not to pay.
    return () -> isAllLoaded() ? Optional.of(standIn()) : Optional.empty();
  }

  private synchronized Background<StandInHead> loadedStandIn() {
    if (standIn == null) {
      standIn = Background.begin("bookend-drafting", this::loadStandIn);
      faster = standIn.andThen(head -> drafting().map(this::loadLayers));
    }
    return standIn;
  }

  private synchronized boolean isAllLoaded() {
    return loadedStandIn().isDone() && faster.isDone();
  }

  private StandInHead loadStandIn() {
    Optional<byte[]> trained = trainedStandIn();
    requireOpen();
    return trained.map(this::standIn).orElseGet(this::newStandIn);
  }

  private void requireStandIn() {
    if (!hasTrainedStandIn() && !StandInHead.learnsOnline(contract.hiddenSize())) {
      throw new BookendException(
          ErrorCode.DRAFT_HEAD_MISSING,
          "there is no trained draft head for this model and split, and the model is too wide to"
              + " train one while it is used");
    }
  }

  /** Nobody should wait for the loading of what has no use any more. */
  private void requireOpen() {
    if (closed) {
      throw new CancellationException();
    }
  }

  /**
   * The published EAGLE heads that this model's sessions share; they compute as the edge drafts.
   */
  public synchronized EagleDraftHeads eagle() {
    if (eagle == null) {
      eagle =
          new EagleDraftHeads(
              decoder.config(),
              files -> Decoder.openForDrafts(files, decoder.device(), decoder.type()),
              head,
              this::shortlist,
              likelyTokens());
    }
    return eagle;
  }

  /** The stand-in head that was trained for this model and split, as bytes; empty: none was. */
  public Optional<byte[]> trainedStandIn() {
    return StandInFile.find(contract);
  }

  /** Whether there is a {@link #trainedStandIn}. Looks for the file, but does not read it. */
  public boolean hasTrainedStandIn() {
    return StandInFile.isThere(contract);
  }

  /**
   * A trained stand-in head.
   *
   * @param content {@link StandInWeights} as bytes
   * @return to be closed by the caller, before this
   */
  public StandInHead standIn(byte[] content) {
    NDManager manager = decoder.newScope();
    StandInWeights weights = StandInWeights.decode(content, manager, standInShapes());
    List<NDArray> tensors = weights.tensors();
    Decoder drafts = drafting().orElse(decoder);
    DecoderRange layer = drafts.layer(tensors.subList(1, tensors.size()));
    Shortlist shortlist = shortlist(array(weights.tokens()));
    if (drafts.type() != WeightType.INT8) {
      return StandInHead.ready(manager, shortlist, tensors.get(0), layer);
    }
    LinearMap map = drafts.linearMap(tensors.get(0));
    tensors.forEach(NDArray::close); // what is computed with are copies
    return StandInHead.ready(manager, shortlist, map, layer);
  }

  private List<Shape> standInShapes() {
    int width = contract.hiddenSize();
    List<Shape> shapes = new ArrayList<>(List.of(new Shape(2L * width + 1, width)));
    shapes.addAll(decoder.layerShapes());
    return shapes;
  }

  /**
   * A stand-in head that has learned nothing yet.
   *
   * @return to be closed by the caller, before this
   */
  public StandInHead newStandIn() {
    int width = contract.hiddenSize();
    return StandInHead.learning(
        decoder.newScope(), shortlist(likelyTokens()), decoder.regression(2 * width, width));
  }

  private Shortlist shortlist(int... tokens) {
    return drafting()
        .map(drafts -> drafts.shortlist(tokens))
        .orElseGet(() -> head.shortlist(tokens));
  }

  /**
   * The tokens that are likely in a text of which nothing is known: those with the lowest ids,
   * which a tokenizer's training has made first.
   */
  public int[] likelyTokens() {
    return IntStream.range(0, Math.min(MOST_TOKENS, decoder.config().vocabularySize())).toArray();
  }

  /**
   * The training of a stand-in head that begins as a linear map.
   *
   * @param tokens that the head is to tell apart
   * @param map FP32 [2H+1,H], copied
   * @return to be closed by the caller, before this
   */
  public Distillation distillation(List<Integer> tokens, NDArray map) {
    return decoder.distillation(contract.to(), array(tokens), List.of(map));
  }

  /**
   * More training for a stand-in head, which tells the same tokens apart.
   *
   * @param content {@link StandInWeights} as bytes
   * @return to be closed by the caller, before this
   */
  public Distillation distillation(byte[] content) {
    try (NDManager scope = decoder.newScope()) {
      StandInWeights weights = StandInWeights.decode(content, scope, standInShapes());
      return decoder.distillation(contract.to(), array(weights.tokens()), weights.tensors());
    }
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The training of a head of EAGLE's layout.
   *
   * @param tokens that the head is to tell apart
   * @return to be closed by the caller, before this
   */
  public EagleDistillation eagleDistillation(int... tokens) {
    return decoder.eagleDistillation(tokens);
  }

  /** Whether {@link #texts} is possible. */
  public boolean holdAllLayers() {
    return decoder.holdsAllLayers();
  }

  /**
   * The whole model, for several texts that it writes side by side.
   *
   * @param texts how many
   * @param length most tokens of each
   * @return which puts out the lower layers' output, the middle's and the last layer's; to be
   *     closed by the caller, before this
   * @throws BookendException if not all of the model is on this machine
   */
  public TextBatch texts(int texts, int length) {
    return decoder.texts(texts, length, contract.from(), contract.to());
  }

  @Override
  public void close() {
    closed = true;
    Background<StandInHead> head;
    Background<Optional<DraftingLayers>> layers;
    synchronized (this) {
      head = standIn;
      layers = faster;
      standIn = null;
      faster = null;
    }
    if (head != null) {
      layers.end(loaded -> loaded.ifPresent(DraftHeads::close));
      head.end(StandInHead::close);
    }
    synchronized (this) {
      if (eagle != null) {
        eagle.close();
        eagle = null;
      }
      if (drafting != null) {
        drafting.ifPresent(Decoder::close);
        drafting = null;
      }
    }
  }

  private static void close(DraftingLayers layers) {
    layers.lower().close();
    layers.upper().close();
  }
}
