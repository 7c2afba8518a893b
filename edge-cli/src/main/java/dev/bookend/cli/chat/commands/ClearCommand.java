package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.List;

/** Begins anew. */
final class ClearCommand implements SlashCommand {
  @Override
  public String name() {
    return "clear";
  }

  @Override
  public List<String> aliases() {
    return List.of("reset", "new");
  }

  @Override
  public String summary() {
    return "forget the conversation; the system message stays";
  }

  @Override
  public void run(Chat chat, String argument) {
    chat.conversation().clear();
    chat.screen().remark("the conversation is empty");
  }
}
