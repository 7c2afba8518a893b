package dev.bookend.cli;

import dev.bookend.model.store.ModelStore;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code bookend model cp}. */
@Command(
    name = "cp",
    description = {
      "Copy a model that is on this machine, also one of another program's.",
      "Under a name of your own, --model NAME then finds it; weights take no room a second time"
          + " where the disk can do that. Into a directory, to take it elsewhere."
    })
final class ModelCopyCommand implements Runnable {
  @Parameters(index = "0", paramLabel = "NAME", description = "As 'list' names it, or a path.")
  private String name;

  @Parameters(
      index = "1",
      paramLabel = "NAME|DIR",
      description = "The copy's name; a directory, if it has a '/' or exists.")
  private String target;

  @Override
  public void run() {
    ModelStore store = new ModelStore();
    try (ProgressBar progress = new ProgressBar()) {
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
