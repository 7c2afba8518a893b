package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.conversation.ConversationStore;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.List;

/** The names of saved conversations, where one is typed. */
final class SavedNames {
  private SavedNames() {}

  /**
   * The user's store.
   *
   * @throws BookendException if it has no conversation of this name
   */
  static ConversationStore require(String name) {
    ConversationStore store = ConversationStore.ofUser();
    if (!store.has(name)) {
      throw new BookendException(
          ErrorCode.IO_FAILED,
          "no conversation is saved as '" + name + "'; in the shell, /list shows the names");
    }
    return store;
  }

  /** All of them, the one that was saved last first. */
  static List<Proposal> proposals() {
    return ConversationStore.ofUser().names().stream().map(Proposal::of).toList();
  }
}
