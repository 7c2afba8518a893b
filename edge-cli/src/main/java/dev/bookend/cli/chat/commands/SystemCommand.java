package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import java.util.List;
import java.util.Optional;

/** Shows or sets the system message. */
final class SystemCommand implements SlashCommand {
  @Override
  public String name() {
    return "system";
  }

  @Override
  public String argument() {
    return "[TEXT|off]";
  }

  @Override
  public String summary() {
    return "show or set the system message; off removes it";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      chat.screen().print(chat.conversation().system().orElse("there is no system message"));
    } else if (argument.equals("off")) {
      chat.conversation().setSystem(Optional.empty());
      chat.screen().remark("no system message from now on");
    } else {
      chat.conversation().setSystem(Optional.of(argument));
      chat.screen().remark("system message set; it counts from the next answer on");
    }
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return List.of(Proposal.of("off"));
  }
}
