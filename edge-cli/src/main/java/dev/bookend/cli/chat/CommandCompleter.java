package dev.bookend.cli.chat;

import dev.bookend.error.VisibleText;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes commands and their arguments. */
final class CommandCompleter implements Completer {
  private final Chat chat;

  CommandCompleter(Chat chat) {
    this.chat = chat;
  }

  @Override
  public void complete(LineReader reader, ParsedLine parsed, List<Candidate> candidates) {
    TypedLine line = (TypedLine) parsed;
    if (!line.line().startsWith("/")) {
      return;
    }
    if (line.wordIndex() == 0) {
      for (SlashCommand command : chat.commands()) {
        candidates.add(
            candidate(
                new SlashCommand.Proposal("/" + command.name(), command.summary(), true),
                candidates));
      }
      return;
    }
    String begun = line.word().substring(0, line.wordCursor());
    for (SlashCommand command : chat.commands()) {
      if (command.name().equals(line.command()) || command.aliases().contains(line.command())) {
        proposals(command, begun).forEach(one -> candidates.add(candidate(one, candidates)));
      }
    }
  }

  /** Someone who completes wants to be shown what there is, not what is wrong. */
  private List<SlashCommand.Proposal> proposals(SlashCommand command, String begun) {
    try {
      return command.complete(chat, begun);
    } catch (RuntimeException e) {
      return List.of();
    }
  }

  /** One that comes behind those before it, whatever its letters. */
  private static Candidate candidate(SlashCommand.Proposal one, List<Candidate> before) {
    return new Candidate(
        one.text(),
        VisibleText.line(one.shown()),
        null,
        one.description().isEmpty() ? null : VisibleText.line(one.description()),
        null,
        null,
        one.isWhole(),
        before.size() + 1);
  }
}
