package dev.bookend.speculation;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.ModelStore;
import java.nio.file.Path;

/**
 * Finds by name what drafters need besides the model that they work for. Safe for use by several
 * threads.
 */
@FunctionalInterface
public interface DraftModels {
  /**
   * Opens a smaller model.
   *
   * @param name as users write it
   * @return closed by the caller
   * @throws dev.bookend.error.BookendException if there is no such model
   */
  Checkpoint open(String name);

  /**
   * The directory of a draft head that others have published. By default it is looked for in the
   * user's {@link ModelStore}, and fetched without a word if it is not there.
   *
   * @param name a directory, or owner/name on the hub
   * @throws dev.bookend.error.BookendException if there is no such head
   */
  default Path head(String name) {
    return new ModelStore().resolveHead(name, (what, done, total) -> {});
  }
}
