package dev.bookend.session;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The hidden states that a session has sent for its committed positions, in order: all that the
 * cloud needs to rebuild its KV cache after it has lost the sequence. 4 x H bytes a token, in
 * blocks: a long context takes more than the 2 GiB that one buffer can hold.
 */
public final class HiddenStateLog {
  private static final int BLOCK_ROWS = 256;

  private final int rowBytes;
  private final List<ByteBuffer> blocks = new ArrayList<>();
  private int length;

  HiddenStateLog(int rowBytes) {
    this.rowBytes = rowBytes;
  }

  /** Number of rows. */
  public int length() {
    return length;
  }

  /** Appends row {@code index} of a [T,H] tensor. */
  void append(ByteBuffer tensor, int index) {
    if (length == blocks.size() * BLOCK_ROWS) {
      blocks.add(allocate(BLOCK_ROWS));
    }
    row(length).put(tensor.slice(index * rowBytes, rowBytes));
    length++;
  }

  /** Forgets all rows from {@code newLength} on. */
  void truncate(int newLength) {
    length = newLength;
  }

  /** Rows [from,to) as a tensor of their own. */
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
