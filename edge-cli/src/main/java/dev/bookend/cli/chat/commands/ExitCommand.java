package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.List;

/** Leaves. */
final class ExitCommand implements SlashCommand {
  @Override
  public String name() {
    return "exit";
  }

  @Override
  public List<String> aliases() {
    return List.of("quit", "bye", "q");
  }

  @Override
  public String summary() {
    return "leave, as Ctrl-D does";
  }

  @Override
  public void run(Chat chat, String argument) {
    chat.leave();
  }
}
