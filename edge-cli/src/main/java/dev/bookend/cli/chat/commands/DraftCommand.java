package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.speculation.DraftSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Shows or changes the drafters. */
final class DraftCommand implements SlashCommand {
  @Override
  public String name() {
    return "draft";
  }

  @Override
  public String argument() {
    return "[NAME[,NAME]|usual|off]";
  }

  @Override
  public String summary() {
    return "show or change the drafters; off: one token a round trip";
  }

  @Override
  public String details(Chat chat) {
    return "None of them changes what the model says. The conversation so far is run again "
        + "with the next answer.";
  }

  @Override
  public void run(Chat chat, String argument) {
    switch (argument) {
      case "" -> {}
      case "off", "none", "sequential" -> chat.model().sequential();
      case "usual", "on" -> chat.model().draft(Optional.empty());
      default -> chat.model().draft(Optional.of(DraftSpec.parse(argument)));
    }
    chat.screen()
        .print(
            "drafters: "
                + chat.model()
                    .drafters()
                    .map(spec -> String.join(", ", spec.names()))
                    .orElse("off, one token a round trip"));
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    String before = begun.substring(0, begun.lastIndexOf(',') + 1);
    List<Proposal> proposals = new ArrayList<>();
    if (before.isEmpty()) {
      proposals.add(new Proposal("usual", "those that suit the model", true));
      proposals.add(new Proposal("off", "one token a round trip", true));
    }
    for (String syntax : DraftSpec.known()) {
      String name = syntax.replaceAll("\\[.*]", "").replaceFirst("(?<=:)[A-Z]+$", "");
      proposals.add(new Proposal(before + name, syntax, false));
    }
    return proposals;
  }
}
