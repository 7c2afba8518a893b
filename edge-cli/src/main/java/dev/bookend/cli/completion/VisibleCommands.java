package dev.bookend.cli.completion;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** The commands that a user is told of, in the order in which the help lists them. */
public final class VisibleCommands {
  private VisibleCommands() {}

  /** A command's subcommands, by name. */
  public static Map<String, CommandSpec> of(CommandSpec command) {
    Map<String, CommandSpec> visible = new LinkedHashMap<>();
    command
        .subcommands()
        .forEach(
            (name, subcommand) -> {
              if (!subcommand.getCommandSpec().usageMessage().hidden()) {
                visible.put(name, subcommand.getCommandSpec());
              }
            });
    return visible;
  }

  /** A program with all below it, each before its own subcommands. */
  public static List<CommandSpec> all(CommandSpec program) {
    List<CommandSpec> all = new ArrayList<>(List.of(program));
    of(program).values().forEach(command -> all.addAll(all(command)));
    return all;
  }
}
