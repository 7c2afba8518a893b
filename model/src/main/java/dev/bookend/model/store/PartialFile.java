package dev.bookend.model.store;

import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A file that is being fetched, in any order: {@code NAME.part}, and {@code NAME.part.done}, a line
 * {@code FROM TO} for each run of bytes that has been written, so that a later process can go on.
 * Safe for use by several threads.
 */
final class PartialFile implements AutoCloseable {
  private final Path target;
  private final Path part;
  private final Path journal;
  private final long bytes;
  private final RangeSet<Long> done = TreeRangeSet.create();

  // Not channels: they close when a thread that uses them is interrupted.
  private final RandomAccessFile content;
  private final RandomAccessFile lines;

  /**
   * @param target what the file is called once it is whole
   * @param bytes its size
   */
  PartialFile(Path target, long bytes) throws IOException {
    this.target = target;
    this.part = part(target);
    this.journal = part.resolveSibling(part.getFileName() + ".done");
    this.bytes = bytes;
    readJournal();
    content = new RandomAccessFile(part.toFile(), "rw");
    lines = new RandomAccessFile(journal.toFile(), "rw");
    lines.seek(lines.length());
    if (content.length() != bytes) {
      content.setLength(bytes); // a hole, which takes no room
    }
  }

  private static Path part(Path target) {
    return target.resolveSibling(target.getFileName() + ".part");
  }

  /** How many bytes of a file are here, whole or in part. */
  static long present(Path target, long bytes) throws IOException {
    if (Files.exists(target)) {
      return bytes;
    }
    if (!Files.exists(part(target))) {
      return 0;
    }
    try (PartialFile file = new PartialFile(target, bytes)) {
      return file.doneBytes();
    }
  }

  private void readJournal() throws IOException {
    if (Files.exists(part) && Files.size(part) == bytes && Files.exists(journal)) {
      String text = Files.readString(journal);
      // A last line without its end was being written when the process died.
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
        if (line.matches("[0-9]{1,18} [0-9]{1,18}")) {
          long from = Long.parseLong(line.substring(0, line.indexOf(' ')));
          long to = Long.parseLong(line.substring(line.indexOf(' ') + 1));
          if (from < to && to <= bytes) {
            done.add(Range.closedOpen(from, to));
          }
        }
      }
    } else {
      Files.deleteIfExists(journal);
    }
  }

  /** The runs of bytes that are not here, in order. */
  synchronized List<Range<Long>> missing() {
    return bytes == 0
        ? List.of()
        : List.copyOf(done.complement().subRangeSet(Range.closedOpen(0L, bytes)).asRanges());
  }

  synchronized long doneBytes() {
    return done.asRanges().stream()
        .mapToLong(range -> range.upperEndpoint() - range.lowerEndpoint())
        .sum();
  }

  /** Writes bytes, which count as here once {@link #done} says so. */
  synchronized void write(long at, byte[] some) throws IOException {
    try {
      content.seek(at);
      content.write(some);
    } catch (IOException e) { // disk full, most likely: not a failure of the network
      throw new FileSystemException(part.toString(), null, e.getMessage());
    }
  }

  /** Notes that bytes {@code [from,to)} have been written. */
  synchronized void done(long from, long to) throws IOException {
    if (from < to) {
      done.add(Range.closedOpen(from, to));
      try {
        lines.writeBytes(from + " " + to + "\n");
      } catch (IOException e) {
        throw new FileSystemException(journal.toString(), null, e.getMessage());
      }
    }
  }

  /** Forgets all that is here. */
  synchronized void restart() throws IOException {
    done.clear();
    lines.setLength(0);
    content.setLength(0);
    content.setLength(bytes);
  }

  /** Gives the file its name. Nothing can be written afterwards. */
  synchronized void finish() throws IOException {
    close();
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(journal);
  }

  /** Deletes what is here. */
  synchronized void delete() throws IOException {
    close();
    Files.deleteIfExists(part);
    Files.deleteIfExists(journal);
  }

  /** Hex SHA-256 of what is here. */
  String sha256() throws IOException {
    return MoreFiles.asByteSource(part).hash(Hashing.sha256()).toString();
  }

  @Override
  public synchronized void close() throws IOException {
    try (content) {
      lines.close();
    }
  }
}
