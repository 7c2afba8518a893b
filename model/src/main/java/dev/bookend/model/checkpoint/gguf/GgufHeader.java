package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.MappedFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a GGUF file, version 2 or 3, little-endian (github.com/ggml-org/ggml,
 * docs/gguf.md).
 *
 * @param metadata integers as Long, floats as Double, else Boolean, String, or List of these
 * @param tensors by the names that the file gives them
 * @param bytes how long the header is
 */
record GgufHeader(GgufMetadata metadata, Map<String, Entry> tensors, int bytes) {
  private static final int MAGIC = 'G' | ('G' << 8) | ('U' << 16) | ('F' << 24);

  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_ARRAY_DEPTH = 4;

  /** No vocabulary is nearly as large; bounds the memory that a header can take. */
  private static final long MAX_ARRAY_ELEMENTS = 1 << 23;

  /** No token, template or description is nearly as long. */
  private static final int MAX_STRING = 1 << 26;

  /** Fewest bytes of a metadata entry: key length, value type, value. */
  private static final int MIN_ENTRY = 8 + 4 + 1;

  /** Fewest bytes of a tensor entry: name length, dimensions, type, offset. */
  private static final int MIN_TENSOR = 8 + 4 + 4 + 8;

  private static final long DEFAULT_ALIGNMENT = 32;

  /** Fewest bytes of a value of each metadata type. */
  private static final int[] LEAST_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};

  /** Names, for messages, of the ggml types that are not supported; by id. */
  private static final Map<Long, String> OTHER_TYPES =
      Map.ofEntries(
          Map.entry(9L, "Q8_1"),
          Map.entry(10L, "Q2_K"),
          Map.entry(11L, "Q3_K"),
          Map.entry(15L, "Q8_K"),
          Map.entry(16L, "IQ2_XXS"),
          Map.entry(17L, "IQ2_XS"),
          Map.entry(18L, "IQ3_XXS"),
          Map.entry(19L, "IQ1_S"),
          Map.entry(20L, "IQ4_NL"),
          Map.entry(21L, "IQ3_S"),
          Map.entry(22L, "IQ2_S"),
          Map.entry(23L, "IQ4_XS"),
          Map.entry(24L, "I8"),
          Map.entry(25L, "I16"),
          Map.entry(26L, "I32"),
          Map.entry(27L, "I64"),
          Map.entry(28L, "F64"),
          Map.entry(29L, "IQ1_M"),
          Map.entry(34L, "TQ1_0"),
          Map.entry(35L, "TQ2_0"),
          Map.entry(39L, "MXFP4"));

  /**
   * Where a tensor lies.
   *
   * @param ggmlType ggml's number of its type
   * @param shape outermost dimension first (the file has them the other way round)
   * @param offset from the start of the file
   */
  record Entry(long ggmlType, List<Long> shape, long offset) {
    /** Whether the type is one of whole numbers, which no layer computes with. */
    boolean isInteger() {
      return ggmlType >= 24 && ggmlType <= 27;
    }

    String typeName() {
      return OTHER_TYPES.getOrDefault(ggmlType, "ggml type " + ggmlType);
    }
  }

  /** The header goes on beyond the bytes that are there. */
  static final class Continues extends RuntimeException {
    private static final long serialVersionUID = 1;

    Continues() {
      super(null, null, false, false);
    }
  }

  static GgufHeader read(MappedFile file) {
    ByteBuffer bytes = file.map(0, Math.min(file.size(), Integer.MAX_VALUE));
    return new Reader(file.path(), bytes, bytes.remaining()).header();
  }

  /**
   * Reads a header of which perhaps not all is there.
   *
   * @param path for messages
   * @param begin the first bytes of the file
   * @param fileBytes size of the whole file
   * @throws Continues if the header is longer than that
   */
  static GgufHeader read(Path path, ByteBuffer begin, long fileBytes) {
    ByteBuffer bytes = begin.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return new Reader(path, bytes, Math.min(fileBytes, Integer.MAX_VALUE)).header();
  }

  private static final class Reader {
    private final Path path;
    private final ByteBuffer in;
    private final long beyond;
    private long arrayElements;

    /**
     * @param size of the file, or of as much of it as a header can take
     */
    Reader(Path path, ByteBuffer in, long size) {
      this.path = path;
      this.in = in;
      this.beyond = size - in.remaining();
    }

    /** Bytes of the file that have not been read, whether they are there or not. */
    private long left() {
      return in.remaining() + beyond;
    }

    GgufHeader header() {
      if (left() < Integer.BYTES || int32() != MAGIC) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            path
                + ": not a GGUF file; give one, or a directory with config.json and *.safetensors");
      }
      int version = int32();
      if (version != 2 && version != 3) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            path
                + (version == Integer.reverseBytes(2) || version == Integer.reverseBytes(3)
                    ? ": big-endian GGUF is not supported; convert the model again"
                    : ": GGUF version "
                        + Integer.toUnsignedString(version)
                        + " is not supported, only 2 and 3; convert the model again"));
      }
      long tensorCount = count(MIN_TENSOR, "tensors");
      long entryCount = count(MIN_ENTRY, "metadata entries");
      Map<String, Object> values = new LinkedHashMap<>();
      for (long i = 0; i < entryCount; i++) {
        String key = string();
        if (values.put(key, value(int32(), 0)) != null) {
          throw corrupt("the metadata key " + key + " comes twice");
        }
      }
      GgufMetadata metadata = new GgufMetadata(path, values);
      Map<String, Entry> tensors = tensors(tensorCount, alignment(metadata));
      return new GgufHeader(metadata, tensors, in.position());
    }

    private long alignment(GgufMetadata metadata) {
      long alignment =
          metadata.integer("general.alignment", 1, 1 << 20).orElse((int) DEFAULT_ALIGNMENT);
      if (Long.bitCount(alignment) != 1) {
        throw corrupt("an alignment of " + alignment + " is not a power of two");
      }
      return alignment;
    }

    private Map<String, Entry> tensors(long count, long alignment) {
      Map<String, Entry> relative = new LinkedHashMap<>();
      for (long i = 0; i < count; i++) {
        String name = string();
        int dimensions = int32();
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
          throw corrupt("tensor " + name + " has an impossible number of dimensions");
        }
        List<Long> shape = new ArrayList<>();
        for (int d = 0; d < dimensions; d++) {
          shape.add(0, int64());
        }
        long type = Integer.toUnsignedLong(int32());
        long offset = int64();
        if (offset < 0 || offset % alignment != 0) {
          throw corrupt("tensor " + name + " has an impossible offset");
        }
        if (relative.put(name, new Entry(type, List.copyOf(shape), offset)) != null) {
          throw corrupt("tensor " + name + " comes twice");
        }
      }
      long data = (in.position() + alignment - 1) / alignment * alignment;
      Map<String, Entry> tensors = new LinkedHashMap<>();
      relative.forEach(
          (name, entry) -> {
            if (entry.offset > Long.MAX_VALUE - data) {
              throw corrupt("tensor " + name + " has an impossible offset");
            }
            tensors.put(name, new Entry(entry.ggmlType, entry.shape, data + entry.offset));
          });
      return tensors;
    }

    private Object value(int type, int depth) {
      return switch (type) {
        case 0 -> (long) (need(1).get() & 0xff);
        case 1 -> (long) need(1).get();
        case 2 -> (long) (need(2).getShort() & 0xffff);
        case 3 -> (long) need(2).getShort();
        case 4 -> Integer.toUnsignedLong(int32());
        case 5 -> (long) int32();
        case 6 -> (double) need(4).getFloat();
        case 7 -> need(1).get() != 0;
        case 8 -> string();
        case 9 -> array(depth);
        case 10, 11 ->
            int64(); // a number above 2^63 becomes negative, and is refused where it is used
        case 12 -> need(8).getDouble();
        default -> throw corrupt("there is no metadata type " + Integer.toUnsignedString(type));
      };
    }

    private List<Object> array(int depth) {
      if (depth == MAX_ARRAY_DEPTH) {
        throw corrupt("metadata arrays are nested too deeply");
      }
      int type = int32();
      if (type < 0 || type >= LEAST_BYTES.length) {
        throw corrupt("there is no metadata type " + Integer.toUnsignedString(type));
      }
      long count = count(LEAST_BYTES[type], "array elements");
      arrayElements += count;
      if (arrayElements > MAX_ARRAY_ELEMENTS) {
        throw corrupt("its metadata has more than " + MAX_ARRAY_ELEMENTS + " array elements");
      }
      List<Object> values = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        values.add(value(type, depth + 1));
      }
      return values;
    }

    /** Reads a count of entries that take at least {@code size} bytes each. */
    private long count(int size, String what) {
      long count = int64();
      if (count < 0 || count > left() / size) {
        throw corrupt("it claims more " + what + " than fit into it");
      }
      return count;
    }

    private String string() {
      long length = count(1, "characters");
      if (length > MAX_STRING) {
        throw corrupt("a text in it has more than " + MAX_STRING + " characters");
      }
      need((int) length);
      byte[] bytes = new byte[(int) length];
      in.get(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private int int32() {
      return need(4).getInt();
    }

    private long int64() {
      return need(8).getLong();
    }

    private ByteBuffer need(int bytes) {
      if (in.remaining() < bytes) {
        if (left() >= bytes) {
          throw new Continues();
        }
        throw corrupt("its header ends too early");
      }
      return in;
    }

    private BookendException corrupt(String what) {
      return new BookendException(
          ErrorCode.MODEL_DAMAGED, path + ": corrupt or truncated: " + what + "; fetch it again");
    }
  }
}
