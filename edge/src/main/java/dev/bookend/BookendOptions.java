package dev.bookend;

import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudAddress;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which model to open and how. Immutable; the {@code with} methods give a copy with one thing
 * changed.
 *
 * @param model an existing GGUF file or directory with safetensors, {@code owner/name} on the
 *     Hugging Face hub, a model on this machine by its name in the store (such as {@code
 *     ollama:llama3.2:3b}), or the alias {@code smollm2}
 * @param split where the model is cut and where its parts run
 * @param drafters where the draft tokens of speculative decoding come from; empty: those that suit
 *     the model
 * @param speculative whether several draft tokens are verified in each round trip; the text is the
 *     same either way
 * @param batchInvariant whether each token's hidden states must be the same to the last bit
 *     whatever draft tokens are verified with it; costs some sixty round trips when the model is
 *     opened
 * @param sessions how many sessions are kept
 * @param learnedCosts directory in which it is kept how long round trips take and how many draft
 *     tokens are accepted, for later processes; numbers alone, no text; empty: nowhere
 * @param progress hears how far the download of a model has come
 */
public record BookendOptions(
    String model,
    SplitOptions split,
    Optional<DraftSpec> drafters,
    boolean speculative,
    boolean batchInvariant,
    SessionLimits sessions,
    Optional<Path> learnedCosts,
    Progress progress) {

  /** A model with its defaults: split 4:4, the middle embedded in this process, speculative. */
  public static BookendOptions of(String model) {
    return new BookendOptions(
        model,
        SplitOptions.DEFAULT,
        Optional.empty(),
        true,
        false,
        SessionLimits.DEFAULT,
        Optional.empty(),
        (what, done, total) -> {});
  }

  /**
   * The same with the middle layers elsewhere: {@code grpcs://HOST:8001} over TLS, {@code
   * ssh://HOST} through the system's ssh, several with commas between them. With {@code grpc://}
   * nothing is encrypted, and whoever is on the way can read and change what travels.
   *
   * @throws IllegalArgumentException if it is no such address
   */
  public BookendOptions withCloud(String address) {
    return withSplit(split.withCloud(CloudAddress.parse(address)));
  }

  /** The same with other layers at the edge, e.g. {@code 2:2}. */
  public BookendOptions withSplit(String layers) {
    return withSplit(split.withSplit(Split.parse(layers)));
  }

  /** The same with all that {@link SplitOptions} offers. */
  public BookendOptions withSplit(SplitOptions options) {
    return new BookendOptions(
        model, options, drafters, speculative, batchInvariant, sessions, learnedCosts, progress);
  }

  /** The same with other drafters, speculative. */
  public BookendOptions withDrafters(DraftSpec spec) {
    return withDrafters(Optional.of(spec));
  }

  /**
   * The same with other drafters, speculative.
   *
   * @param spec empty: those that suit the model
   */
  public BookendOptions withDrafters(Optional<DraftSpec> spec) {
    return new BookendOptions(
        model, split, spec, true, batchInvariant, sessions, learnedCosts, progress);
  }

  /** The same with one token a round trip. */
  public BookendOptions sequential() {
    return new BookendOptions(
        model, split, Optional.empty(), false, batchInvariant, sessions, learnedCosts, progress);
  }

  /** The same with batch-invariant steps. */
  public BookendOptions withBatchInvariantSteps() {
    return new BookendOptions(
        model, split, drafters, speculative, true, sessions, learnedCosts, progress);
  }

  /** The same with other limits for sessions. */
  public BookendOptions withSessions(SessionLimits limits) {
    return new BookendOptions(
        model, split, drafters, speculative, batchInvariant, limits, learnedCosts, progress);
  }

  /** The same with a directory, which need not exist, for what is learned of costs. */
  public BookendOptions withLearnedCosts(Path directory) {
    return new BookendOptions(
        model,
        split,
        drafters,
        speculative,
        batchInvariant,
        sessions,
        Optional.of(directory),
        progress);
  }

  /** The same with someone who hears of downloads. */
  public BookendOptions withProgress(Progress listener) {
    return new BookendOptions(
        model, split, drafters, speculative, batchInvariant, sessions, learnedCosts, listener);
  }
}
