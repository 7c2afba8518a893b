package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A tensor in a mapped file: {@code rows} (the outermost dimension) of {@code width} elements each.
 * A vector has rows of one element.
 */
public final class StoredTensor {
  /** Elements that one thread converts at a time: few enough to stay in its cache. */
  private static final int CHUNK = 1 << 15;

  /** Used for one chunk after the other: else most of what a start allocates would be these. */
  private static final ThreadLocal<float[]> VALUES =
      ThreadLocal.withInitial(() -> new float[CHUNK]);

  private final String label;
  private final StoredType type;
  private final long[] shape;
  private final int width;
  private final int rowBytes;
  private final int interleavedHead;
  private final List<ByteBuffer> pieces;
  private final long pieceRows;

  /**
   * Maps a tensor: in one piece if it is smaller than 2 GiB, else in pieces of whole rows.
   *
   * @param name for messages
   * @param offset of its first byte in the file
   * @param interleavedHead D, where the rows of each attention head of D rows are stored in the
   *     order 0, D/2, 1, D/2+1, ... (the two of a rotary pair side by side); 0: the rows are stored
   *     in their own order
   * @throws BookendException if the shape, the type and the file's size do not agree
   */
  public StoredTensor(
      MappedFile file,
      String name,
      StoredType type,
      List<Long> shape,
      long offset,
      int interleavedHead) {
    this.label = file.path() + ": tensor " + name;
    this.type = type;
    this.shape = shape.stream().mapToLong(Long::longValue).toArray();
    this.interleavedHead = interleavedHead;
    long bytes = storedBytes(label, type, this.shape);
    if (offset < 0 || offset > file.size() - bytes) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          label + " ends beyond the file; it is truncated: fetch it again");
    }
    this.rowBytes = Math.toIntExact(bytes / this.shape[0]);
    this.width = rowBytes / type.blockBytes() * type.blockElements();
    this.pieceRows = Math.min(this.shape[0], Integer.MAX_VALUE / rowBytes);
    this.pieces = new ArrayList<>();
    for (long row = 0; row < this.shape[0]; row += pieceRows) {
      long rows = Math.min(pieceRows, this.shape[0] - row);
      pieces.add(file.map(offset + row * rowBytes, rows * rowBytes));
    }
    if (interleavedHead > 0 && this.shape[0] % interleavedHead != 0) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, label + " is not a whole number of attention heads");
    }
  }

  /**
   * How many bytes a tensor takes in a file.
   *
   * @throws BookendException if the shape is impossible: no dimension, one that is not positive,
   *     rows that are not whole blocks or have more than 2^28 elements, or more than 2^62 bytes
   */
  public static long storedBytes(String label, StoredType type, long[] shape) {
    if (shape.length == 0) {
      throw new BookendException(ErrorCode.MODEL_DAMAGED, label + " has no dimensions");
    }
    long width = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] <= 0 || shape[i] > 1L << 40) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED, label + " has an impossible dimension of " + shape[i]);
      }
      if (i > 0) {
        width *= shape[i];
        if (width > 1 << 28) {
          throw new BookendException(
              ErrorCode.MODEL_DAMAGED, label + " has rows of more than 2^28 elements");
        }
      }
    }
    if (width % type.blockElements() != 0) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          label + ": rows of " + width + " elements are not a whole number of blocks of " + type);
    }
    long bytes =
        Math.multiplyHigh(shape[0], width / type.blockElements() * type.blockBytes()) == 0
            ? shape[0] * (width / type.blockElements() * type.blockBytes())
            : -1;
    if (bytes < 0) {
      throw new BookendException(ErrorCode.MODEL_DAMAGED, label + " has an impossible size");
    }
    return bytes;
  }

  StoredType type() {
    return type;
  }

  public long[] shape() {
    return shape.clone();
  }

  /** The first stored bytes, at most {@code limit}. */
  public ByteBuffer head(int limit) {
    ByteBuffer first = pieces.get(0);
    return first.slice(0, Math.min(limit, first.capacity()));
  }

  /** As {@link Checkpoint#readRows(String, FloatType, long, int)}. */
  public ByteBuffer read(FloatType target, long first, long count) {
    int bytes = bytes(target, first, count);
    return view(target, first, bytes)
        .orElseGet(
            () -> {
              ByteBuffer values = allocate(bytes);
              convertAll(first, count, target, values);
              return values;
            });
  }

  /** As {@link Checkpoint#readRows(String, FloatType, long, int, ByteBuffer)}. */
  void read(FloatType target, long first, long count, ByteBuffer out) {
    int bytes = bytes(target, first, count);
    view(target, first, bytes)
        .ifPresentOrElse(
            out::put,
            () -> {
              convertAll(first, count, target, out.slice(out.position(), bytes));
              out.position(out.position() + bytes);
            });
  }

  /** As {@link Checkpoint#release}. */
  void release() {
    pieces.forEach(ResidentMemory::release);
  }

  /** As {@link Checkpoint#isStoredAs}. */
  boolean isStoredAs(FloatType target) {
    return shape[0] * width * target.bytes() <= Integer.MAX_VALUE
        && view(target, 0, bytes(target, 0, shape[0])).isPresent();
  }

  /** How many bytes some rows take, once it is clear that they are there and fit into a buffer. */
  private int bytes(FloatType target, long first, long count) {
    if (first < 0 || count < 0 || first > shape[0] - count) {
      throw new IllegalArgumentException(
          label + ": rows " + first + " + " + count + " of " + shape[0]);
    }
    long bytes = count * width * target.bytes();
    if (bytes > Integer.MAX_VALUE) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          label + " takes more than 2 GiB as " + target + "; read it in a smaller type or by rows");
    }
    return (int) bytes;
  }

  /** Rows where they lie in the file; empty: they are stored otherwise than they are asked for. */
  private Optional<ByteBuffer> view(FloatType target, long first, int bytes) {
    if (!type.is(target)
        || interleavedHead != 0
        || pieces.size() != 1
        || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return Optional.empty();
    }
    ByteBuffer view = pieces.get(0).slice(Math.toIntExact(first * rowBytes), bytes);
    return view.alignmentOffset(0, target.bytes()) == 0
        ? Optional.of(view.order(ByteOrder.nativeOrder()))
        : Optional.empty();
  }

  /** Converts rows on all cores. */
  private void convertAll(long first, long count, FloatType target, ByteBuffer out) {
    int chunkRows = Math.max(1, CHUNK / width);
    IntStream chunks = IntStream.range(0, Math.toIntExact((count + chunkRows - 1) / chunkRows));
    (count > chunkRows ? chunks.parallel() : chunks)
        .forEach(
            chunk -> {
              long from = (long) chunk * chunkRows;
              int rows = (int) Math.min(chunkRows, count - from);
              ByteBuffer part =
                  out.slice(
                      Math.toIntExact(from * width * target.bytes()),
                      rows * width * target.bytes());
              convert(first + from, rows, target, part.order(ByteOrder.nativeOrder()));
            });
  }

  private ByteBuffer allocate(int bytes) {
    try {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    } catch (OutOfMemoryError e) {
      throw new BookendException(
          ErrorCode.OUT_OF_MEMORY,
          label + ": no direct memory left; raise it with java -XX:MaxDirectMemorySize=...",
          e);
    }
  }

  private void convert(long first, int rows, FloatType target, ByteBuffer out) {
    byte[] stored = new byte[rows * rowBytes];
    if (interleavedHead == 0 && pieces.size() == 1) {
      pieces.get(0).get(Math.toIntExact(first * rowBytes), stored);
    } else {
      for (int row = 0; row < rows; row++) {
        long from = storedRow(first + row);
        ByteBuffer piece = pieces.get((int) (from / pieceRows));
        piece.get((int) (from % pieceRows) * rowBytes, stored, row * rowBytes, rowBytes);
      }
    }
    int count = rows * width;
    float[] values = count <= CHUNK ? VALUES.get() : new float[count];
    BlockDecoder.decode(type, stored, count, values);
    if (target == FloatType.F32) {
      out.asFloatBuffer().put(values, 0, count);
      return;
    }
    short[] halves = new short[count];
    for (int i = 0; i < count; i++) {
      halves[i] =
          target == FloatType.F16 ? HalfFloat.toF16(values[i]) : HalfFloat.toBf16(values[i]);
    }
    out.asShortBuffer().put(halves);
  }

  /** The place in the file of a row. */
  private long storedRow(long row) {
    if (interleavedHead == 0) {
      return row;
    }
    int half = interleavedHead / 2;
    int inHead = (int) (row % interleavedHead);
    return row - inHead + 2L * (inHead % half) + inHead / half;
  }
}
