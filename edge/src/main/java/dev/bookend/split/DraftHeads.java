package dev.bookend.split;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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
import dev.bookend.speculation.drafthead.EagleDraftHeads;
import dev.bookend.speculation.drafthead.StandInFile;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final OutputHead head;
  private final Contract contract;
  private StandInHead standIn;
  private EagleDraftHeads eagle;

  /**
   * @param decoder must stay open until this is closed, as must the head
   * @param contract says which layers the middle has
   */
  DraftHeads(Decoder decoder, OutputHead head, Contract contract) {
    this.decoder = decoder;
    this.head = head;
    this.contract = contract;
  }

  /**
   * The stand-in head that this model's sessions share: the one that was trained for this model and
   * split or, if there is none, one that learns from these sessions.
   *
   * @throws BookendException if its file is damaged, or there is none and the model is too wide to
   *     learn from sessions
   */
  public synchronized StandInHead standIn() {
    if (standIn == null) {
      Optional<byte[]> trained = trainedStandIn();
      if (trained.isPresent()) {
        standIn = standIn(trained.get());
      } else if (StandInHead.learnsOnline(contract.hiddenSize())) {
        standIn = newStandIn();
      } else {
        throw new BookendException(
            ErrorCode.DRAFT_HEAD_MISSING,
            "there is no trained draft head for this model and split, and the model is too wide to"
                + " train one while it is used");
      }
    }
    return standIn;
  }

  /** The published EAGLE heads that this model's sessions share; they compute as the edge does. */
  public synchronized EagleDraftHeads eagle() {
    if (eagle == null) {
      eagle =
          new EagleDraftHeads(
              decoder.config(), decoder.device(), decoder.type(), head, likelyTokens());
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
    int width = contract.hiddenSize();
    List<Shape> shapes = new ArrayList<>(List.of(new Shape(2L * width + 1, width)));
    shapes.addAll(decoder.layerShapes());
    NDManager manager = decoder.newScope();
    StandInWeights weights = StandInWeights.decode(content, manager, shapes);
    List<NDArray> tensors = weights.tensors();
    DecoderRange layer = decoder.layer(tensors.subList(1, tensors.size()));
    Shortlist shortlist = head.shortlist(array(weights.tokens()));
    if (decoder.type() != WeightType.INT8) {
      return StandInHead.ready(manager, shortlist, tensors.get(0), layer);
    }
    LinearMap map = decoder.linearMap(tensors.get(0));
    tensors.forEach(NDArray::close); // what is computed with are copies
    return StandInHead.ready(manager, shortlist, map, layer);
  }

  /**
   * A stand-in head that has learned nothing yet.
   *
   * @return to be closed by the caller, before this
   */
  public StandInHead newStandIn() {
    int width = contract.hiddenSize();
    return StandInHead.learning(
        decoder.newScope(), head.shortlist(likelyTokens()), decoder.regression(2 * width, width));
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
    return decoder.distillation(contract.to(), array(tokens), map);
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

  /**
   * The whole model, for several texts that it writes side by side.
   *
   * @param texts how many
   * @param length most tokens of each
   * @return to be closed by the caller, before this
   * @throws BookendException if not all of the model is on this machine
   */
  public TextBatch texts(int texts, int length) {
    return decoder.texts(texts, length);
  }

  @Override
  public synchronized void close() {
    if (standIn != null) {
      standIn.close();
      standIn = null;
    }
    if (eagle != null) {
      eagle.close();
      eagle = null;
    }
  }
}
