package dev.bookend.remote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Rows of hidden states, one for each cached token, in order of position: FP32 [length,H]. They lie
 * in blocks, because those of a long context take more than the 2 GiB that one buffer can hold.
 *
 * <p>Not thread-safe.
 */
public final class HiddenStateLog {
  private static final int BLOCK_ROWS = 256;

  private final int rowBytes;
  private final List<ByteBuffer> blocks = new ArrayList<>();
  private int length;

  /** No rows yet, of so many bytes each. */
  public HiddenStateLog(int rowBytes) {
    this.rowBytes = rowBytes;
  }

  /** Number of rows. */
  public int length() {
    return length;
  }

  /** Appends a copy of row {@code index} of a [T,H] tensor. */
  public void append(ByteBuffer tensor, int index) {
    if (length == blocks.size() * BLOCK_ROWS) {
      blocks.add(allocate(BLOCK_ROWS));
    }
    row(length).put(tensor.slice(index * rowBytes, rowBytes));
    length++;
  }

  /** Forgets all rows from {@code newLength} on. */
  public void truncate(int newLength) {
    length = Objects.checkIndex(newLength, length + 1);
  }

  /** A copy of the rows [from,to): [to - from,H] in native byte order. */
  public ByteBuffer rows(int from, int to) {
    ByteBuffer rows = allocate(to - from);
    for (int index = from; index < to; index++) {
      rows.put(row(index));
    }
    return rows.flip();
  }

  private ByteBuffer row(int index) {
    return blocks.get(index / BLOCK_ROWS).slice(index % BLOCK_ROWS * rowBytes, rowBytes);
  }

  private ByteBuffer allocate(int rows) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(rows, rowBytes))
        .order(ByteOrder.nativeOrder());
  }
}
