package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.List;
import java.util.Optional;

/** Asks the last message again. */
final class RetryCommand implements SlashCommand {
  @Override
  public String name() {
    return "retry";
  }

  @Override
  public List<String> aliases() {
    return List.of("again");
  }

  @Override
  public String summary() {
    return "ask your last message again";
  }

  @Override
  public String details(Chat chat) {
    return "With a temperature of 0 the same answer comes again; /set temperature 0.7 gives "
        + "others.";
  }

  @Override
  public void run(Chat chat, String argument) {
    Optional<String> message = chat.unanswered().or(() -> chat.conversation().undo());
    if (message.isEmpty()) {
      throw new IllegalArgumentException("there is no message to ask again");
    }
    chat.askAgain(message.get());
  }
}
