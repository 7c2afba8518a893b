package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.remote.CloudAddress;
import java.util.List;

/** Shows or changes where the middle runs. */
final class CloudCommand implements SlashCommand {
  @Override
  public String name() {
    return "cloud";
  }

  @Override
  public String argument() {
    return "[embedded|URL[,URL]]";
  }

  @Override
  public String summary() {
    return "show or change where the middle layers run";
  }

  @Override
  public String details(Chat chat) {
    return "URL is grpcs://HOST:PORT, ssh://HOST or grpc://HOST:PORT; certificates and "
        + "headers are those of the command line.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      chat.screen().print(SplitCommand.described(chat));
      return;
    }
    String address = CloudAddress.parse(argument).toString();
    chat.change(chat.model().choice().withCloud(address));
    chat.screen().remark("now: " + SplitCommand.described(chat));
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return List.of(
        new Proposal("embedded", "in this process", true),
        new Proposal("grpcs://", "a server, over TLS", false),
        new Proposal("ssh://", "a server, through your ssh", false),
        new Proposal("grpc://", "a server, not encrypted", false));
  }
}
