package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.CommandNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import java.util.ArrayList;
import java.util.List;

/** Says what there is. */
final class HelpCommand implements SlashCommand {
  @Override
  public String name() {
    return "help";
  }

  @Override
  public List<String> aliases() {
    return List.of("?", "h");
  }

  @Override
  public String argument() {
    return "[COMMAND]";
  }

  @Override
  public String summary() {
    return "list the commands, or say more of one";
  }

  @Override
  public void run(Chat chat, String argument) {
    String name = argument.startsWith("/") ? argument.substring(1) : argument;
    if (!name.isEmpty()) {
      one(chat, name);
      return;
    }
    List<Texts.Row> rows = new ArrayList<>();
    for (SlashCommand command : chat.commands()) {
      rows.add(new Texts.Row(written(command), command.summary()));
    }
    Texts.table(chat.screen(), rows);
    chat.screen()
        .remark(
            "Enter sends. A line that ends in \\ goes on, and so does all between two \"\"\"; Alt-Enter"
                + " begins a line. Tab completes, Up and Ctrl-R find earlier lines. Ctrl-C ends an"
                + " answer, twice leaves; Ctrl-D leaves. A message with // in front is sent with"
                + " one /.");
  }

  private static void one(Chat chat, String name) {
    SlashCommand command =
        chat.commands().stream()
            .filter(known -> known.name().equals(name) || known.aliases().contains(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no command /"
                            + name
                            + CommandNames.wayOut(chat.commands(), name)));
    chat.screen().print(written(command), chat.screen().look().strong());
    chat.screen().print(command.summary());
    if (!command.details(chat).isEmpty()) {
      chat.screen().print(command.details(chat));
    }
    if (!command.aliases().isEmpty()) {
      chat.screen().remark("also: /" + String.join(", /", command.aliases()));
    }
  }

  private static String written(SlashCommand command) {
    return "/" + command.name() + (command.argument().isEmpty() ? "" : " " + command.argument());
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return chat.commands().stream()
        .map(command -> new Proposal(command.name(), command.summary(), true))
        .toList();
  }
}
