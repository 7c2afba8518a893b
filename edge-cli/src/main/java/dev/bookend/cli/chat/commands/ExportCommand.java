package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.cli.chat.TextFiles;
import dev.bookend.conversation.ConversationFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes the conversation into a file for others. */
final class ExportCommand implements SlashCommand {
  @Override
  public String name() {
    return "export";
  }

  @Override
  public String argument() {
    return "FILE";
  }

  @Override
  public String summary() {
    return "write the conversation to a file: Markdown (.md) or JSON (.json)";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      throw new IllegalArgumentException("write /export FILE.md or /export FILE.json");
    }
    if (chat.conversation().isEmpty()) {
      throw new IllegalArgumentException("there is nothing to export yet");
    }
    Path file = FileNames.path(argument);
    String text;
    if (ends(file.toString(), ".json")) {
      text = ConversationFormat.write(SaveCommand.saved(chat)) + "\n";
    } else if (isMarkdown(file.toString())) {
      text = Transcript.markdown(chat);
    } else {
      throw new IllegalArgumentException("the file's name must end in .md or .json");
    }
    TextFiles.writeNew(file, text);
    chat.screen().remark("written to " + file);
  }

  static boolean isMarkdown(String name) {
    return ends(name, ".md") || ends(name, ".markdown");
  }

  private static boolean ends(String name, String ending) {
    return name.toLowerCase(Locale.ROOT).endsWith(ending);
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    return FileNames.complete(begun, file -> false); // none is replaced
  }
}
