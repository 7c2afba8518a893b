package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import java.util.List;

/** All commands of the shell. */
public final class Commands {
  private Commands() {}

  /** In the order of the help. */
  public static List<SlashCommand> all() {
    return List.of(
        new HelpCommand(),
        new ModelCommand(),
        new SplitCommand(),
        new CloudCommand(),
        new DraftCommand(),
        new WanCommand(),
        new SystemCommand(),
        new SetCommand(),
        new FileCommand(),
        new RetryCommand(),
        new EditCommand(),
        new UndoCommand(),
        new ClearCommand(),
        new WhyCommand(),
        new StatsCommand(),
        new CompareCommand(),
        new AttackCommand(),
        new SaveCommand(),
        new LoadCommand(),
        new ListCommand(),
        new DeleteCommand(),
        new ExportCommand(),
        new CopyCommand(),
        new ExitCommand());
  }

  /** Goes on with a saved conversation, as {@code /load} does. */
  public static void load(Chat chat, String name) {
    LoadCommand.load(chat, name);
  }
}
