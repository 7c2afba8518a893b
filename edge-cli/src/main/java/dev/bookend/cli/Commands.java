package dev.bookend.cli;

import dev.bookend.cli.manual.ManPagesCommand;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;

/** The commands of {@code bookend}. */
final class Commands {
  /** In the order in which the help lists them. */
  static final List<Class<?>> ALL =
      List.of(
          GenerateCommand.class,
          ChatCommand.class,
          ServeCommand.class,
          ExportCommand.class,
          DoctorCommand.class,
          PlanCommand.class,
          ModelCommand.class,
          HistoryCommand.class,
          ConfigCommand.class,
          StandinCommand.class,
          HeadCommand.class,
          BenchCommand.class,
          VerifyCommand.class,
          EvalCommand.class,
          AttackCommand.class,
          HelpCommand.class,
          CompletionCommand.class,
          FormerCompletionCommand.class,
          ManPagesCommand.class);

  /** These look at all commands. */
  private static final Set<Class<?>> ABOUT_OTHERS =
      Set.of(
          ConfigCommand.class,
          HelpCommand.class,
          CompletionCommand.class,
          FormerCompletionCommand.class,
          ManPagesCommand.class);

  private Commands() {}

  /** The command of this name, if it needs no others. */
  static Optional<Class<?>> alone(String name) {
    return ALL.stream()
        .filter(command -> command.getAnnotation(Command.class).name().equals(name))
        .filter(command -> !ABOUT_OTHERS.contains(command))
        .findFirst();
  }
}
