package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.conversation.ConversationStore;
import dev.bookend.conversation.ModelIdentity;
import dev.bookend.conversation.SavedConversation;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Saves the conversation. */
final class SaveCommand implements SlashCommand {
  @Override
  public String name() {
    return "save";
  }

  @Override
  public String argument() {
    return "[NAME]";
  }

  @Override
  public String summary() {
    return "save the conversation, under a name or the time";
  }

  @Override
  public String details(Chat chat) {
    return "In a file that only you can read; it is not encrypted.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (chat.conversation().isEmpty()) {
      throw new IllegalArgumentException("there is nothing to save yet");
    }
    String name =
        argument.isEmpty()
            ? LocalDateTime.now(java.time.ZoneId.systemDefault())
                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH.mm.ss", Locale.ROOT))
            : FileNames.unquoted(argument);
    ConversationStore store = ConversationStore.ofUser();
    if (store.has(name) && !chat.conversation().savedAs().equals(Optional.of(name))) {
      throw new IllegalArgumentException(
          "another conversation is saved as '%s'; give another name, or /delete %s first"
              .formatted(name, name));
    }
    Path file = store.save(name, saved(chat));
    chat.conversation().setSavedAs(Optional.of(name));
    chat.screen().remark("saved as '" + name + "' in " + file + " (not encrypted)");
  }

  /** The conversation as it is kept. */
  static SavedConversation saved(Chat chat) {
    return new SavedConversation(
        ModelIdentity.of(chat.model().choice().model(), chat.model().bookend().model()),
        Instant.now(),
        chat.conversation().messages());
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return SavedNames.proposals();
  }
}
