package dev.bookend.model.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file that is to be made of bytes from the hub.
 *
 * @param file what it is called once it is whole
 * @param bytes its size
 * @param head its first bytes, which come from nowhere else
 * @param slices what comes from where; with the head and the gaps between them, which are zeros,
 *     they are all of it
 * @param sha256 checksum of the whole file in hex, where it is known
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record Target(Path file, long bytes, byte[] head, List<Slice> slices, Optional<String> sha256) {

  /**
   * Bytes of a file on the hub.
   *
   * @param from their place there
   * @param at their place here
   */
  record Slice(HubFile source, long from, long at, long bytes) {}

  /** All of a file. */
  static Target whole(HubFile source, Path file) {
    List<Slice> slices =
        source.bytes() == 0 ? List.of() : List.of(new Slice(source, 0, 0, source.bytes()));
    return new Target(file, source.bytes(), new byte[0], slices, source.sha256());
  }

  /** How many bytes come from the hub. */
  long fetched() {
    return slices.stream().mapToLong(Slice::bytes).sum();
  }

  boolean isWholeFile() {
    return head.length == 0 && slices.size() <= 1 && fetched() == bytes;
  }
}
