package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.link.LinkProfile;
import java.util.List;
import java.util.Optional;

/** Shows or changes the emulated link. */
final class WanCommand implements SlashCommand {
  @Override
  public String name() {
    return "wan";
  }

  @Override
  public String argument() {
    return "[rtt=80ms[,…]|off]";
  }

  @Override
  public String summary() {
    return "show or change the emulated link to the cloud; off removes it";
  }

  @Override
  public String details(Chat chat) {
    return "rtt, jitter, up, down (20mbit), loss (1%). Bytes really wait there.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      chat.screen().print(chat.model().choice().link().orElse("no link is emulated"));
      return;
    }
    Optional<String> link = argument.equals("off") ? Optional.empty() : Optional.of(argument);
    link.ifPresent(LinkProfile::parse); // whether it can be read, before anything is closed
    if (chat.model().changeLink(link)) {
      chat.modelChanged();
    } else if (link.isPresent()) {
      chat.change(chat.model().choice().withLink(link));
    }
    chat.screen().remark(link.map(one -> "from now on " + one).orElse("no link is emulated"));
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return List.of(
        new Proposal("off", "no emulated link", true),
        new Proposal("rtt=20ms", "as within a country", true),
        new Proposal("rtt=80ms,jitter=5ms,up=20mbit", "as from a home across an ocean", true),
        new Proposal("rtt=150ms,loss=1%", "a bad line", true));
  }
}
