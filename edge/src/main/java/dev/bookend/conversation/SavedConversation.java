package dev.bookend.conversation;

import dev.bookend.model.template.Message;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A conversation as it is kept. Immutable, if the messages' fields are.
 *
 * @param model that it was held with
 * @param saved when it was saved
 * @param messages in order; a system message comes first
 */
public record SavedConversation(ModelIdentity model, Instant saved, List<Message> messages) {
  /** Copies the list. */
  public SavedConversation {
    Objects.requireNonNull(model);
    Objects.requireNonNull(saved);
    messages = List.copyOf(messages);
  }
}
