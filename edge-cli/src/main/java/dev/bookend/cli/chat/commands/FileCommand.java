package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.cli.chat.TextFiles;
import java.nio.file.Path;
import java.util.List;

/** Gives the model a text file. */
final class FileCommand implements SlashCommand {
  @Override
  public String name() {
    return "file";
  }

  @Override
  public String argument() {
    return "PATH [TEXT]";
  }

  @Override
  public String summary() {
    return "let the model read a text file, with your next message or with TEXT";
  }

  @Override
  public String details(Chat chat) {
    return "A path with spaces goes between quotation marks. The file is text in UTF-8; all "
        + "of it is sent.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      throw new IllegalArgumentException("write /file PATH, and what to do with it behind that");
    }
    FileNames.Split split = FileNames.split(argument);
    Path path = FileNames.path(split.path());
    String text = TextFiles.readText(path);
    String fence = text.contains("```") ? "````" : "```";
    String attached =
        path.getFileName() + ":\n" + fence + "\n" + text.stripTrailing() + "\n" + fence;
    int tokens = chat.model().bookend().model().tokenizer().encode(attached).length;
    int room = chat.model().split().contextLength() - chat.promptTokens();
    if (tokens >= room) {
      throw new IllegalArgumentException(
          "%s has %s, and the context has room for %s"
              .formatted(
                  path.getFileName(),
                  Figures.count(tokens, "token"),
                  Figures.count(Math.max(0, room), "token")));
    }
    chat.attach(attached);
    if (split.rest().isEmpty()) {
      chat.screen()
          .remark(
              "%s (%s) goes with your next message"
                  .formatted(path.getFileName(), Figures.count(tokens, "token")));
    } else {
      chat.ask(split.rest());
    }
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return FileNames.complete(begun);
  }
}
