package dev.bookend.model.store;

import java.util.Optional;

/**
 * A file of a repository on the hub.
 *
 * @param path path in the repository
 * @param bytes its size
 * @param checksum where the hub gives it
 */
record HubFile(String path, long bytes, Optional<Checksum> checksum) {
  /** The name without directories. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
