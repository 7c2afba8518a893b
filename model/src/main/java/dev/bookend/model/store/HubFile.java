package dev.bookend.model.store;

import java.util.Optional;

/**
 * A file of a repository on the hub.
 *
 * @param path path in the repository
 * @param bytes its size
 * @param sha256 its checksum in hex, where the hub keeps it in large file storage
 */
record HubFile(String path, long bytes, Optional<String> sha256) {
  /** The name without directories. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
