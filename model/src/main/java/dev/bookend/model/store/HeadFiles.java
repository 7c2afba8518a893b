package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.eagle.EagleHead;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which files of a repository make a draft head in EAGLE's layout. */
final class HeadFiles {
  private HeadFiles() {}

  /**
   * Chooses the configuration and one file of weights.
   *
   * @param paths all paths of the repository
   * @throws BookendException if there is no such head
   */
  static List<String> choose(HubName name, List<String> paths) {
    Optional<String> weights =
        Stream.of(EagleHead.SAFETENSORS, EagleHead.PYTORCH).filter(paths::contains).findFirst();
    if (weights.isEmpty() || !paths.contains(EagleHead.CONFIG)) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          name
              + " is no draft head: it has no "
              + EagleHead.CONFIG
              + " with "
              + EagleHead.SAFETENSORS
              + " or "
              + EagleHead.PYTORCH);
    }
    return List.of(EagleHead.CONFIG, weights.get());
  }
}
