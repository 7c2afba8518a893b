package dev.bookend.cli;

import dev.bookend.cli.completion.CompletionScript;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend completion}: what a shell must know to complete commands and flags. */
@Command(
    name = "completion",
    description = {
      "Print a script that makes the Tab key complete commands, flags and their values.",
      "In bash: 'source <(bookend completion)'; in zsh: 'source <(bookend"
          + " completion zsh)'; in fish: 'bookend completion fish | source'."
    })
class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "SHELL",
      arity = "0..1",
      defaultValue = "bash",
      description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private CompletionScript shell;

  @Override
  public Integer call() {
    CommandLine bookend = spec.root().commandLine();
    spec.commandLine().getOut().print(shell.print(bookend));
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }
}
