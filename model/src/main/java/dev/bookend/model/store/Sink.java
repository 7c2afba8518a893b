package dev.bookend.model.store;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a partial file and hashes it on the way. Bytes that are in the file already are hashed
 * first, so that a fetch can be continued. Safe for use by several threads.
 */
final class Sink implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final long limit;
  private Hasher hasher = Hashing.sha256().newHasher();
  private OutputStream out;
  private long size;

  /**
   * @param limit bytes that the file may hold at most
   */
  Sink(Path file, long limit) throws IOException {
    this.file = file;
    this.limit = limit;
    if (Files.exists(file) && Files.size(file) > limit) {
      Files.delete(file);
    }
    out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int count; (count = in.read(buffer)) > 0; ) {
        hasher.putBytes(buffer, 0, count);
        size += count;
      }
    }
  }

  /** Bytes in the file. */
  synchronized long size() {
    return size;
  }

  /** Empties the file. */
  synchronized void restart() throws IOException {
    out.close();
    out = Files.newOutputStream(file);
    hasher = Hashing.sha256().newHasher();
    size = 0;
  }

  synchronized void write(byte[] bytes, int count) throws IOException {
    if (count > limit - size) {
      throw new FileSystemException(
          file.toString(),
          null,
          "the server sends more than the " + limit + " bytes that it announced");
    }
    try {
      out.write(bytes, 0, count);
    } catch (IOException e) { // disk full, most likely: not a failure of the network
      throw new FileSystemException(file.toString(), null, e.getMessage());
    }
    hasher.putBytes(bytes, 0, count);
    size += count;
  }

  /** Hex SHA-256 of the whole file; the sink takes nothing afterwards. */
  synchronized String sha256() {
    return hasher.hash().toString();
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
