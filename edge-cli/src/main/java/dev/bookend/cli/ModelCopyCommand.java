package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.ModelStore;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend model cp}. */
@Command(
    name = "cp",
    description = {
      "Copy a model that is on this machine, also one of another program's.",
      "A copy under a name of your own is found by --model NAME, and takes no room where the disk"
          + " can give a file two names. A copy into a directory is there to be taken elsewhere."
    })
final class ModelCopyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAME", description = "As 'list' names it, or a path.")
  private String name;

  @Parameters(
      index = "1",
      paramLabel = "NAME|DIR",
      description = "The copy's name, or a directory: one that exists, or a name with a '/'.")
  private String target;

  @Override
  public void run() {
    ModelStore store = new ModelStore();
    if (!store.isHere(name)) {
      throw new BookendException(
          ErrorCode.MODEL_NOT_FOUND,
          name + " is not on this machine; 'bookend model list' shows what is");
    }
    try (ProgressBar progress = new ProgressBar()) {
      if (target.isBlank()) {
        throw new ParameterException(spec.commandLine(), "the copy needs a name or a directory");
      }
      boolean isPath = target.indexOf('/') >= 0 || target.indexOf('\\') >= 0;
      Path directory = Path.of(target);
      if (isPath || Files.isDirectory(directory)) {
        store.copyTo(name, directory, progress);
        System.out.println(directory);
      } else {
        System.out.println(store.copy(name, target, progress));
      }
    }
  }
}
