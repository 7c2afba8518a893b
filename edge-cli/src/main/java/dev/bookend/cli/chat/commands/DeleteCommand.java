package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import java.util.List;
import java.util.Optional;

/** Deletes a saved conversation. */
final class DeleteCommand implements SlashCommand {
  @Override
  public String name() {
    return "delete";
  }

  @Override
  public String argument() {
    return "NAME";
  }

  @Override
  public String summary() {
    return "delete a saved conversation";
  }

  @Override
  public String details(Chat chat) {
    return "The conversation that you are in stays; /clear forgets that.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      throw new IllegalArgumentException("write /delete NAME; /list shows the names");
    }
    String name = FileNames.unquoted(argument);
    SavedNames.require(name).delete(name);
    if (chat.conversation().savedAs().equals(Optional.of(name))) {
      chat.conversation().setSavedAs(Optional.empty());
    }
    chat.screen().remark("deleted: '" + name + "'");
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return SavedNames.proposals();
  }
}
