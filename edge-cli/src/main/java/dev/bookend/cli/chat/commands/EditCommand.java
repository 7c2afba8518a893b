package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.Optional;

/** Changes the last message and asks it. */
final class EditCommand implements SlashCommand {
  @Override
  public String name() {
    return "edit";
  }

  @Override
  public String argument() {
    return "[TEXT]";
  }

  @Override
  public String summary() {
    return "change your last message and ask it again";
  }

  @Override
  public String details(Chat chat) {
    return "Without a text the message comes back into the line to be edited; Ctrl-C leaves "
        + "it as it was.";
  }

  @Override
  public void run(Chat chat, String argument) {
    Optional<String> message = chat.unanswered().or(() -> chat.conversation().question());
    if (message.isEmpty()) {
      throw new IllegalArgumentException("there is no message to change");
    }
    String text = argument;
    if (text.isEmpty()) {
      Optional<String> edited = chat.input().read("edit> ", message.get());
      if (edited.isEmpty() || edited.get().isBlank()) {
        chat.interrupts().begin();
        chat.screen().remark("left as it was");
        return;
      }
      text = edited.get();
    }
    if (chat.unanswered().isEmpty()) {
      Optional<String> unused = chat.conversation().undo();
    }
    chat.askAgain(text);
  }
}
