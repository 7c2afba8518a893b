package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.Settings;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Shows or changes settings. */
final class SetCommand implements SlashCommand {
  @Override
  public String name() {
    return "set";
  }

  @Override
  public String argument() {
    return "[NAME [VALUE]]";
  }

  @Override
  public String summary() {
    return "show or change settings: temperature, view, status, history …";
  }

  @Override
  public String details(Chat chat) {
    return "The settings are "
        + chat.settings().all().stream()
            .map(Settings.Setting::name)
            .collect(Collectors.joining(", "))
        + "; /set alone shows what each is and may be.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      List<Texts.Row> rows = new ArrayList<>();
      for (Settings.Setting setting : chat.settings().all()) {
        rows.add(new Texts.Row(setting.name() + " " + setting.value().get(), setting.values()));
      }
      Texts.table(chat.screen(), rows);
      return;
    }
    String[] words = argument.split("[\\s=]+", 2);
    Settings.Setting setting =
        chat.settings()
            .named(words[0])
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no setting " + words[0] + "; /set lists all"));
    if (words.length == 2) {
      setting.set().accept(words[1].strip());
      if (setting.name().equals("view") && words[1].strip().equals("drafters")) {
        chat.showDrafters();
      }
    }
    chat.screen().remark(setting.name() + " " + setting.value().get());
  }

  private static List<Proposal> files(String begun) {
    return FileNames.complete(begun).stream()
        .map(
            file ->
                new Proposal(
                    "format " + file.text(), file.description(), file.isWhole(), file.text()))
        .toList();
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    List<Proposal> proposals = new ArrayList<>();
    for (Settings.Setting setting : chat.settings().all()) {
      if (begun.startsWith(setting.name() + " ")) {
        setting
            .examples()
            .forEach(
                value ->
                    proposals.add(new Proposal(setting.name() + " " + value, "", true, value)));
        if (setting.name().equals("format")) {
          proposals.addAll(files(begun.substring("format ".length())));
        }
      } else {
        proposals.add(new Proposal(setting.name(), setting.values(), true));
      }
    }
    return proposals;
  }
}
