package dev.bookend.cli.chat;

import dev.bookend.cli.chat.LineSource.Typed;
import dev.bookend.error.VisibleText;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads lines, answers them and runs commands, until the user leaves. */
public final class Shell {
  private static final Set<String> LEAVING = Set.of("exit", "quit");
  private static final Pattern COMMAND =
      Pattern.compile("/([a-zA-Z?]+)(?:\\s+(.*))?", Pattern.DOTALL);
  private static final String PROMPT = "> ";

  private final Chat chat;
  private final LineSource lines;

  public Shell(Chat chat, LineSource lines) {
    this.chat = chat;
    this.lines = lines;
    chat.setInput(this::ask);
  }

  private Optional<String> ask(String prompt, String text) {
    return lines.read(prompt, text) instanceof Typed.Line line
        ? Optional.of(MessageText.of(line.text()))
        : Optional.empty();
  }

  /** Runs until the user leaves, or nothing more comes. */
  public void run() {
    while (!chat.hasLeft() && !chat.screen().isClosed()) {
      chat.drawStatus(true);
      Typed typed = lines.read(PROMPT, "");
      if (typed instanceof Typed.End) {
        return;
      }
      if (typed instanceof Typed.Interrupted interrupted) {
        chat.interrupts().pressedAtPrompt(interrupted.lineWasEmpty());
        if (interrupted.lineWasEmpty() && !chat.interrupts().isLeaving()) {
          chat.screen().remark("(Ctrl-C again leaves, as Ctrl-D does)");
        }
        continue;
      }
      chat.interrupts().begin();
      handle(((Typed.Line) typed).text());
    }
  }

  private void handle(String line) {
    String text = MessageText.of(line);
    if (text.isEmpty()) {
      return;
    }
    Matcher command = COMMAND.matcher(text);
    try {
      if (LEAVING.contains(text)) {
        chat.leave(); // nobody says that to a model
      } else if (text.equals("/")) {
        throw new IllegalArgumentException(
            "a command's name comes behind the /; /help lists all, and // sends it as a message");
      } else if (command.matches()) {
        String argument = command.group(2) == null ? "" : command.group(2).strip();
        run(command.group(1), argument);
      } else {
        chat.ask(text.startsWith("//") ? text.substring(1) : text);
      }
    } catch (IllegalArgumentException e) {
      chat.screen().error(VisibleText.of(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      chat.screen().error(chat.explain(e));
    }
  }

  private void run(String name, String argument) {
    for (SlashCommand command : chat.commands()) {
      if (command.name().equalsIgnoreCase(name) || command.aliases().contains(name)) {
        if (command.argument().isEmpty() && !argument.isEmpty()) {
          throw new IllegalArgumentException("/" + command.name() + " takes nothing behind it");
        }
        command.run(chat, argument);
        return;
      }
    }
    throw new IllegalArgumentException(
        "there is no command /"
            + name
            + CommandNames.wayOut(chat.commands(), name)
            + ", and // in place of / sends it as a message");
  }
}
