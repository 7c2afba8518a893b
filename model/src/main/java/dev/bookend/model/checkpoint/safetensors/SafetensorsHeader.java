package dev.bookend.model.checkpoint.safetensors;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.StoredTensors.Unreadable;
import dev.bookend.model.checkpoint.StoredType;
import dev.bookend.model.checkpoint.TensorPlace;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The header of a safetensors file (github.com/huggingface/safetensors, "Format"): its length as a
 * little-endian 64-bit integer, then JSON, then the tensors without overlaps or holes.
 */
public final class SafetensorsHeader {
  /** Bytes of the length before the header. */
  public static final int LENGTH_BYTES = Long.BYTES;

  /** The largest header that the reference implementation reads. */
  private static final int MAX_HEADER = 100_000_000;

  private static final int MAX_DIMENSIONS = 8;

  private static final Map<String, StoredType> TYPES =
      Map.of("F32", StoredType.F32, "F16", StoredType.F16, "BF16", StoredType.BF16);

  /** Types that no layer computes with: counters, masks and places. */
  private static final Set<String> WHOLE_NUMBERS =
      Set.of("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64");

  /** Of the types that are whole bytes. */
  private static final Map<String, Integer> ELEMENT_BYTES =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E8M0", 1),
          Map.entry("U16", 2),
          Map.entry("I16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("U32", 4),
          Map.entry("I32", 4),
          Map.entry("F32", 4),
          Map.entry("U64", 8),
          Map.entry("I64", 8),
          Map.entry("F64", 8),
          Map.entry("C64", 8));

  private final String path;
  private final String file;
  private final ByteBuffer header;
  private final long fileBytes;

  private SafetensorsHeader(String path, String file, ByteBuffer header, long fileBytes) {
    this.path = path;
    this.file = file;
    this.header = header;
    this.fileBytes = fileBytes;
  }

  /**
   * How long the header is, without its length.
   *
   * @param path of the file, for messages
   * @param first the first {@link #LENGTH_BYTES} bytes of the file, or fewer where it is shorter
   * @param fileBytes size of the whole file
   * @throws BookendException if it cannot be
   */
  public static int length(String path, ByteBuffer first, long fileBytes) {
    if (first.remaining() < LENGTH_BYTES) {
      throw corrupt(path, "it is shorter than its header");
    }
    long length = first.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_HEADER || length > fileBytes - LENGTH_BYTES) {
      throw corrupt(path, "its header has an impossible length");
    }
    return (int) length;
  }

  /**
   * Where the tensors of a file are.
   *
   * @param path of the file, for messages
   * @param file its name beside the others of the model
   * @param header the JSON, from its first to its last byte
   * @param fileBytes size of the whole file
   * @throws BookendException if the header does not follow the format
   */
  public static StoredTensors<TensorPlace> read(
      String path, String file, ByteBuffer header, long fileBytes) {
    return new SafetensorsHeader(path, file, header.duplicate(), fileBytes).tensors();
  }

  /**
   * Where a vector of whole numbers of 32 or 64 bits is.
   *
   * @param offset of its first byte in the file
   * @param count how many numbers it has
   * @param bytes of a number
   */
  record WholeNumbers(long offset, int count, int bytes) {}

  /**
   * Finds a vector of whole numbers, which is no weight and so not among what {@link #read} can
   * read.
   *
   * @param path of the file, for messages
   * @param header of a file that {@link #read} has found to be in order
   * @return empty: there is no such vector
   */
  static Optional<WholeNumbers> wholeNumbers(String path, ByteBuffer header, String tensor) {
    long data = (long) LENGTH_BYTES + header.remaining();
    Map<String, Integer> types = Map.of("I32", Integer.BYTES, "I64", Long.BYTES);
    return new SafetensorsHeader(path, path, header.duplicate(), 0)
        .entries().stream()
            .filter(entry -> entry.name.equals(tensor) && types.containsKey(entry.dtype))
            .filter(entry -> entry.shape.size() == 1 && entry.shape.get(0) <= Integer.MAX_VALUE)
            .findFirst()
            .map(
                entry ->
                    new WholeNumbers(
                        data + entry.begin, entry.shape.get(0).intValue(), types.get(entry.dtype)));
  }

  private record Entry(String name, String dtype, List<Long> shape, long begin, long end) {
    boolean isEmpty() {
      return shape.contains(0L);
    }
  }

  private StoredTensors<TensorPlace> tensors() {
    long data = (long) LENGTH_BYTES + header.remaining();
    List<Entry> entries = entries();
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long previous = 0;
    StoredTensors<TensorPlace> tensors = new StoredTensors<>();
    Set<String> names = new HashSet<>();
    for (Entry entry : entries) {
      String label = path + ": tensor " + entry.name;
      StoredType type = TYPES.get(entry.dtype);
      boolean readable = type != null && !entry.shape.isEmpty() && !entry.isEmpty();
      if (entry.begin != previous
          || (readable
              ? entry.end - entry.begin != bytes(label, type, entry)
              : !fits(entry, entry.end - entry.begin))) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            label + " has offsets that do not fit its shape; the file is corrupt: fetch it again");
      }
      previous = entry.end;
      if (!names.add(entry.name)) {
        throw corrupt("a tensor comes twice");
      }
      if (readable) {
        tensors
            .readable()
            .put(
                entry.name,
                new TensorPlace(file, entry.name, type, entry.shape, data + entry.begin, 0));
      } else {
        tensors.others().put(entry.name, unreadable(label, entry, type != null));
      }
    }
    if (previous != fileBytes - data) {
      throw corrupt("its size is not that of its tensors");
    }
    return tensors;
  }

  private static long bytes(String label, StoredType type, Entry entry) {
    return StoredTensor.storedBytes(
        label, type, entry.shape.stream().mapToLong(Long::longValue).toArray());
  }

  /** Whether a tensor that cannot be read takes as many bytes as its shape and type say. */
  private static boolean fits(Entry entry, long bytes) {
    BigInteger elements = BigInteger.ONE;
    for (long dimension : entry.shape) {
      if (dimension < 0) {
        return false;
      }
      elements = elements.multiply(BigInteger.valueOf(dimension));
    }
    Integer size = ELEMENT_BYTES.get(entry.dtype);
    return size == null
        || elements.multiply(BigInteger.valueOf(size)).equals(BigInteger.valueOf(bytes));
  }

  private static Unreadable unreadable(String label, Entry entry, boolean typeIsKnown) {
    BookendException failure =
        typeIsKnown
            ? new BookendException(
                ErrorCode.MODEL_DAMAGED,
                label + (entry.shape.isEmpty() ? " has no dimensions" : " is empty"))
            : new BookendException(
                ErrorCode.MODEL_UNSUPPORTED,
                label
                    + " is stored as "
                    + entry.dtype
                    + ", which is not supported; use a model in BF16, F16 or F32, or a GGUF file");
    boolean isWeight = !entry.isEmpty() && !WHOLE_NUMBERS.contains(entry.dtype);
    return new Unreadable(failure, isWeight);
  }

  private List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    // Read as a stream: a tree of the largest header allowed would take gigabytes.
    try (JsonReader json =
        new JsonReader(new InputStreamReader(stream(header), StandardCharsets.UTF_8))) {
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (name.equals("__metadata__")) {
          json.skipValue();
        } else {
          entries.add(entry(name, json));
        }
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw corrupt("its header is followed by more text");
      }
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw corrupt("its header is not valid JSON of the format");
    }
    return entries;
  }

  private static InputStream stream(ByteBuffer bytes) {
    return new InputStream() {
      @Override
      public int read() {
        return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
      }

      @Override
      public int read(byte[] target, int from, int most) {
        int count = Math.min(most, bytes.remaining());
        bytes.get(target, from, count);
        return count == 0 && most > 0 ? -1 : count;
      }
    };
  }

  private Entry entry(String name, JsonReader json) throws IOException {
    String type = "";
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "dtype" -> type = json.nextString();
        case "shape" -> shape = numbers(json);
        case "data_offsets" -> offsets = numbers(json);
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(1) < offsets.get(0)) {
      throw corrupt("a tensor has impossible offsets");
    }
    return new Entry(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private List<Long> numbers(JsonReader json) throws IOException {
    List<Long> numbers = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      if (numbers.size() == MAX_DIMENSIONS) {
        throw corrupt("a tensor has too many dimensions");
      }
      numbers.add(json.nextLong());
    }
    json.endArray();
    return numbers;
  }

  private BookendException corrupt(String what) {
    return corrupt(path, what);
  }

  private static BookendException corrupt(String path, String what) {
    return new BookendException(
        ErrorCode.MODEL_DAMAGED, path + ": corrupt or truncated: " + what + "; fetch it again");
  }
}
