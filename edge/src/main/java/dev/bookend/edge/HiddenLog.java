package dev.bookend.edge;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The hidden states that a session has sent for its committed positions, in order: all that the
 * cloud needs to rebuild its KV cache after it has lost the sequence. 4 x H bytes a token.
 */
final class HiddenLog {
  private final int rowBytes;
  private ByteBuffer rows;

  HiddenLog(int rowBytes) {
    this.rowBytes = rowBytes;
    this.rows = allocate(64 * rowBytes);
  }

  /** Appends row {@code index} of a [T,H] tensor. */
  void append(ByteBuffer tensor, int index) {
    if (rows.remaining() < rowBytes) {
      rows = allocate(Math.multiplyExact(rows.capacity(), 2)).put(rows.flip());
    }
    rows.put(tensor.slice(index * rowBytes, rowBytes));
  }

  /** Forgets all rows from {@code length} on. */
  void truncate(int length) {
    rows.position(length * rowBytes);
  }

  /** Rows [from,to) as a tensor. */
  ByteBuffer rows(int from, int to) {
    return rows.slice(from * rowBytes, (to - from) * rowBytes).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
