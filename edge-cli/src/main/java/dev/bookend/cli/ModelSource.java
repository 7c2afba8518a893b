package dev.bookend.cli;

import dev.bookend.edge.Split;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.ModelStore;
import java.io.File;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags that say which model, and where it is cut. */
final class ModelSource {
  @Option(
      names = "--model",
      paramLabel = "NAME|DIR|FILE",
      defaultValue = "smollm2",
      description =
          "An alias, owner/name on the Hugging Face hub, a directory or a GGUF file (default:"
              + " ${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = "--split",
      paramLabel = "K[:M]",
      defaultValue = "4:4",
      description =
          "Layers kept at the edge, at the bottom and at the top (default: ${DEFAULT-VALUE}).")
  private String split;

  @Option(names = "--verbose", description = "Say more on stderr; show where failures come from.")
  private boolean verbose;

  boolean verbose() {
    return verbose;
  }

  String modelName() {
    return model;
  }

  /**
   * @throws IllegalArgumentException if it is none
   */
  Split split() {
    return Flag.value("--split", split, Split::parse);
  }

  /**
   * Fetches the model if need be and opens it, with progress on stderr.
   *
   * @param command whose flags these are
   */
  Checkpoint open(CommandSpec command) {
    Split where = Flag.usage(command, this::split);
    Path path = fetch(model);
    Checkpoint checkpoint = Checkpoint.open(path);
    Flag.usage(command, () -> Flag.value("--split", checkpoint.config(), where::requireFits));
    if (!path.toFile().equals(new File(model))) {
      System.err.println(
          StandardStreams.dim(
              "note: these weights are public, so whoever runs the cloud half can recover your text"
                  + " if they look (docs/privacy.md)"));
    }
    return checkpoint;
  }

  /** Where a model is, once it has been fetched if need be, with progress on stderr. */
  static Path fetch(String model) {
    try (ProgressBar progress = new ProgressBar()) {
      return new ModelStore().resolve(model, progress);
    }
  }
}
