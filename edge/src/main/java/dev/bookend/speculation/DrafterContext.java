package dev.bookend.speculation;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a drafter may know of the model that it works for when it is made. What the layers at the
 * edge compute reaches it later, by {@link Drafter#follow}. Immutable; safe for use by several
 * threads if the functions given to it are.
 */
public final class DrafterContext {
  private final Contract contract;
  private final int vocabularySize;
  private final TokenizerFingerprint tokenizer;
  private final DraftModels models;
  private final Map<Class<?>, Supplier<?>> shared;

  /**
   * A context without shared parts.
   *
   * @param contract identifies the weights and the split of the model
   * @param vocabularySize number of token ids, the width of the logits
   * @param tokenizer identifies the tokenizer of the model
   * @param models finds draft models and published draft heads
   */
  public DrafterContext(
      Contract contract, int vocabularySize, TokenizerFingerprint tokenizer, DraftModels models) {
    this(contract, vocabularySize, tokenizer, models, Map.of());
  }

  private DrafterContext(
      Contract contract,
      int vocabularySize,
      TokenizerFingerprint tokenizer,
      DraftModels models,
      Map<Class<?>, Supplier<?>> shared) {
    this.contract = contract;
    this.vocabularySize = vocabularySize;
    this.tokenizer = tokenizer;
    this.models = models;
    this.shared = shared;
  }

  /**
   * The same context with one more shared part.
   *
   * @param supplier gives the part, the same one each time; the part outlives all drafters
   */
  public <T> DrafterContext with(Class<T> type, Supplier<? extends T> supplier) {
    Map<Class<?>, Supplier<?>> more = new HashMap<>(shared);
    more.put(type, supplier);
    return new DrafterContext(contract, vocabularySize, tokenizer, models, Map.copyOf(more));
  }

  /** Identifies the weights and the split of the model, and gives the hidden size H. */
  public Contract contract() {
    return contract;
  }

  /** Number of token ids, the width of the logits. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Identifies the tokenizer: where fingerprints are equal, token ids mean the same text. */
  public TokenizerFingerprint tokenizer() {
    return tokenizer;
  }

  /**
   * Opens the checkpoint of another model, to draft with it. The caller closes it.
   *
   * @param name as {@code --model} takes it
   * @throws BookendException if there is no such model, or its tokenizer is a different one
   */
  public Checkpoint draftModel(String name) {
    Checkpoint draft = models.open(name);
    boolean isAlike = false;
    try (Tokenizer other = Tokenizer.of(draft.tokenizer())) {
      isAlike = TokenizerFingerprint.of(other).equals(tokenizer);
    } finally {
      if (!isAlike) {
        draft.close();
      }
    }
    if (!isAlike) {
      throw new BookendException(
          ErrorCode.DRAFT_MODEL_UNSUITABLE,
          "model '"
              + name
              + "' cannot draft for this model because its tokenizer is a different one; choose a"
              + " smaller model of the same family");
    }
    return draft;
  }

  /**
   * The directory of a draft head that others have published.
   *
   * @param name a directory, or owner/name on the hub
   * @throws BookendException if there is no such head
   */
  public Path draftHead(String name) {
    return models.head(name);
  }

  /**
   * A part that all sessions of the model share, such as its {@link
   * dev.bookend.speculation.drafthead.StandInSource draft head} or its {@link
   * dev.bookend.speculation.retrieval.RetrievalDatastore retrieval datastore}. It is made when it
   * is asked for the first time. A drafter does not close it.
   *
   * @throws BookendException if the model has no such part
   */
  public <T> T shared(Class<T> type) {
    Supplier<?> supplier = shared.get(type);
    if (supplier == null) {
      throw new BookendException(
          ErrorCode.DRAFTER_UNUSABLE, "the model offers its drafters no " + type.getSimpleName());
    }
    return type.cast(supplier.get());
  }
}
