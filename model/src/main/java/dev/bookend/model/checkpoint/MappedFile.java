package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file whose parts are mapped into memory. The maps outlive it: each is removed when the last
 * buffer over it has become garbage.
 */
public final class MappedFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final long size;

  /**
   * One map for all parts, because mapping takes time; null where the file is too large for one.
   */
  private final ByteBuffer whole;

  public MappedFile(Path path) {
    this.path = path;
    try {
      this.channel = FileChannel.open(path, StandardOpenOption.READ);
      this.size = channel.size();
      this.whole = size <= Integer.MAX_VALUE ? channel.map(MapMode.READ_ONLY, 0, size) : null;
    } catch (NoSuchFileException e) {
      throw new BookendException(ErrorCode.MODEL_NOT_FOUND, path + ": no such file", e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  public Path path() {
    return path;
  }

  public long size() {
    return size;
  }

  /** Maps a part that is known to be inside the file and below 2 GiB; little-endian. */
  public ByteBuffer map(long offset, long length) {
    if (offset < 0 || length < 0 || length > Integer.MAX_VALUE || offset > size - length) {
      throw new IllegalArgumentException(offset + " + " + length + " of " + size);
    }
    try {
      ByteBuffer part =
          whole == null
              ? channel.map(MapMode.READ_ONLY, offset, length)
              : whole.slice((int) offset, (int) length);
      return part.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private BookendException unreadable(IOException e) {
    return new BookendException(
        ErrorCode.IO_FAILED, path + ": cannot be read: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }
}
