package dev.bookend.cli.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend man-pages}: for those who make packages. */
@Command(
    name = "man-pages",
    aliases = "generate-man-pages",
    hidden = true,
    description = "Write a man page for each command, for packages.")
public final class ManPagesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Where to.")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(directory);
    CommandLine bookend = spec.root().commandLine();
    String version = bookend.getCommandSpec().version()[0].replaceFirst(" \\(.*", "");
    for (Map.Entry<String, String> page : ManPage.all(bookend, version).entrySet()) {
      Files.writeString(directory.resolve(page.getKey()), page.getValue());
    }
    return CommandLine.ExitCode.OK;
  }
}
