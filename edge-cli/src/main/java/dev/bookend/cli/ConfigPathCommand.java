package dev.bookend.cli;

import dev.bookend.cli.config.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bookend config path}. */
@Command(
    name = "path",
    description =
        "Print where the configuration file is, or would be; BOOKEND_CONFIG names another.")
final class ConfigPathCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    System.out.println(Configuration.path(Main.variables(spec)));
  }
}
