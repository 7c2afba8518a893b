package dev.bookend.cli;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.split.Split;
import java.io.File;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** The flags that say which model, and where it is cut. */
final class ModelSource {
  @Mixin private ModelName model;

  @Mixin private SplitOption split;

  boolean verbose() {
    return model.verbose();
  }

  String modelName() {
    return model.name();
  }

  Split split() {
    return split.split();
  }

  /**
   * Fetches the model if need be and opens it, with progress on stderr.
   *
   * @param command whose flags these are
   */
  Checkpoint open(CommandSpec command) {
    return open(command, false);
  }

  /**
   * The same.
   *
   * @param edgeOnly whether only what the edge needs is fetched of a model that is not here
   */
  Checkpoint open(CommandSpec command, boolean edgeOnly) {
    return open(command, model.name(), split(), edgeOnly);
  }

  /** The same for another model, or another place to cut it. */
  static Checkpoint open(CommandSpec command, String name, Split where, boolean edgeOnly) {
    Path path =
        edgeOnly
            ? Flag.fits(command, "--split", () -> ModelName.fetchEdge(name, where))
            : ModelName.fetch(name);
    Checkpoint checkpoint = CheckpointOpening.open(path);
    Flag.fits(command, "--split", () -> where.requireFits(checkpoint.config()));
    if (!path.toFile().equals(new File(name))) {
      StandardStreams.remark(
          "note: these weights are public, so whoever runs the cloud half can recover your\n"
              + "text if they look (docs/privacy.md)");
    }
    return checkpoint;
  }
}
