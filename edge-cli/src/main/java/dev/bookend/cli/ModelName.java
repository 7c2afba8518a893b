package dev.bookend.cli;

import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.Progress;
import dev.bookend.split.Split;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flags that all commands have that work on a model. */
final class ModelName {
  @Option(
      names = "--model",
      paramLabel = "NAME|DIR|FILE",
      defaultValue = "smollm2",
      converter = HomePath.class,
      description =
          "A name that 'bookend model list' shows, owner/name on the Hugging Face hub, a directory"
              + " or a GGUF file (default: ${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = "--verbose",
      fallbackValue = "true",
      description = "Say more on stderr; show where failures come from.")
  private boolean verbose;

  boolean verbose() {
    return verbose;
  }

  String name() {
    return model;
  }

  /** Where it is, once it has been fetched if need be. */
  Path fetch() {
    return fetch(model);
  }

  /**
   * Where a model is; of one that is not here, only what an edge needs is fetched, with progress on
   * stderr.
   */
  static Path fetchEdge(String model, Split split) {
    ModelStore store = new ModelStore();
    if (model.indexOf('/') > 0 && !store.isHere(model)) {
      StandardStreams.remark(
          "note: only what the edge needs at split "
              + split
              + " is fetched; 'bookend model pull' fetches all");
    }
    try (ProgressBar progress = new ProgressBar()) {
      return fetchEdge(model, split, progress);
    }
  }

  /** The same, with progress elsewhere. */
  static Path fetchEdge(String model, Split split, Progress progress) {
    return new ModelStore()
        .resolveForEdge(model, new EdgeLayers(split.lower(), split.upper()), progress);
  }

  /** Where a model is, once it has been fetched if need be, with progress on stderr. */
  static Path fetch(String model) {
    try (ProgressBar progress = new ProgressBar()) {
      return fetch(model, progress);
    }
  }

  /** The same, with progress elsewhere. */
  static Path fetch(String model, Progress progress) {
    return new ModelStore().resolve(model, progress);
  }
}
