package dev.bookend.conversation;

import dev.bookend.TextModel;
import dev.bookend.history.TokenizerFingerprint;
import java.util.Objects;

/**
 * Which model a conversation was held with.
 *
 * @param name by which it was opened
 * @param fingerprint of its weights, as {@link dev.bookend.model.contract.Contract} has it
 * @param tokenizer fingerprint of its tokenizer ({@link TokenizerFingerprint})
 */
public record ModelIdentity(String name, String fingerprint, String tokenizer) {
  /** Requires all. */
  public ModelIdentity {
    Objects.requireNonNull(name);
    Objects.requireNonNull(fingerprint);
    Objects.requireNonNull(tokenizer);
  }

  /**
   * The identity of a model that is open.
   *
   * @param name by which it was opened
   */
  public static ModelIdentity of(String name, TextModel model) {
    return new ModelIdentity(
        name,
        model.model().contract().fingerprint(),
        TokenizerFingerprint.of(model.tokenizer()).key());
  }

  /** Whether the other has the same weights, whatever its name. */
  public boolean isSameModel(ModelIdentity other) {
    return fingerprint.equals(other.fingerprint);
  }
}
