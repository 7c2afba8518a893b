package dev.bookend.session;

import ai.djl.ndarray.NDManager;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Embedding;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.remote.MiddleLocator;
import dev.bookend.remote.RetryPolicy;
import java.util.function.Supplier;

/**
 * What all sessions of a model share: the layers at the edge, and where to find those that are not.
 * Its parts belong to whoever made it, and must stay open while a session is.
 *
 * <p>Safe for use by several threads.
 *
 * @param config of the whole model
 * @param lower the first layers, in front of the middle
 * @param upper the last layers, behind the middle
 * @param drafting the lower and upper layers for draft tokens
 * @param scopes makes managers for the tensors of one step; closing one frees them
 * @param locator finds the middle
 * @param retry how long a session tries to get the middle back
 */
public record EdgeModel(
    ModelConfig config,
    Embedding embedding,
    DecoderRange lower,
    DecoderRange upper,
    OutputHead head,
    Supplier<DraftingLayers> drafting,
    Supplier<NDManager> scopes,
    MiddleLocator locator,
    RetryPolicy retry) {

  /** A manager for the tensors of one step; closing it frees them. */
  public NDManager newScope() {
    return scopes.get();
  }

  /**
   * Most tokens that a session can hold: as many as the model and the server in use allow.
   *
   * @throws dev.bookend.remote.CloudException if no server has been reached yet, and none can be
   */
  public int contextLength() {
    return Math.min(config.contextLength(), locator.served().maxContext());
  }

  /**
   * Most new tokens in one step: as many as the server in use allows.
   *
   * @throws dev.bookend.remote.CloudException if no server has been reached yet, and none can be
   */
  public int maxTokensPerStep() {
    return locator.served().maxTokensPerStep();
  }
}
