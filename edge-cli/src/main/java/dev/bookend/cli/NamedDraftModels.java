package dev.bookend.cli;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.ModelStore;
import dev.bookend.speculation.DraftModels;
import java.nio.file.Path;

/** Finds draft models and draft heads by name; what is fetched shows its progress on stderr. */
final class NamedDraftModels implements DraftModels {
  @Override
  public Checkpoint open(String name) {
    return CheckpointOpening.open(ModelName.fetch(name));
  }

  @Override
  public Path head(String name) {
    try (ProgressBar progress = new ProgressBar()) {
      return new ModelStore()
          .resolveHead(HomePath.path(name, System.getenv()).toString(), progress);
    }
  }
}
