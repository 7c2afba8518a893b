package dev.bookend.cli;

import picocli.CommandLine.Command;

/** {@code bookend model}: what is on this machine. */
@Command(
    name = "model",
    description = "Fetch, list, show, copy and remove models.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ModelPullCommand.class,
      ModelListCommand.class,
      ModelShowCommand.class,
      ModelCopyCommand.class,
      ModelRemoveCommand.class
    })
final class ModelCommand {}
