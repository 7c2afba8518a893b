package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.Optional;

/** Takes the last exchange back. */
final class UndoCommand implements SlashCommand {
  @Override
  public String name() {
    return "undo";
  }

  @Override
  public String summary() {
    return "take back your last message and its answer";
  }

  @Override
  public void run(Chat chat, String argument) {
    Optional<String> message = chat.conversation().undo();
    if (message.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to take back");
    }
    chat.screen().remark("taken back: " + Texts.shortened(message.get(), 60));
  }
}
