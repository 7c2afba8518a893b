package dev.bookend.model.checkpoint.safetensors;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredType;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file (github.com/huggingface/safetensors, "Format"): its length as a
 * little-endian 64-bit integer, then JSON, then the tensors without overlaps or holes.
 */
public final class SafetensorsFile {
  /** The largest header that the reference implementation reads. */
  private static final int MAX_HEADER = 100_000_000;

  private static final int MAX_DIMENSIONS = 8;

  private final Path path;
  private final MappedFile file;
  private final int headerBytes;

  private SafetensorsFile(MappedFile file) {
    this.path = file.path();
    this.file = file;
    if (file.size() < Long.BYTES) {
      throw corrupt("it is shorter than its header");
    }
    long length = file.map(0, Long.BYTES).getLong();
    if (length < 2 || length > MAX_HEADER || length > file.size() - Long.BYTES) {
      throw corrupt("its header has an impossible length");
    }
    this.headerBytes = (int) length;
  }

  /**
   * Maps every tensor of a file.
   *
   * @throws BookendException if the header does not follow the format
   */
  public static Map<String, StoredTensor> read(Path path) {
    try (MappedFile mapped = new MappedFile(path)) {
      return new SafetensorsFile(mapped).tensors();
    }
  }

  private record Entry(String name, StoredType type, List<Long> shape, long begin, long end) {}

  private Map<String, StoredTensor> tensors() {
    List<Entry> entries = entries();
    entries.sort(Comparator.comparingLong(Entry::begin));
    long data = (long) Long.BYTES + headerBytes;
    long previous = 0;
    Map<String, StoredTensor> tensors = new HashMap<>();
    for (Entry entry : entries) {
      String label = path + ": tensor " + entry.name;
      long[] shape = entry.shape.stream().mapToLong(Long::longValue).toArray();
      long bytes = StoredTensor.storedBytes(label, entry.type, shape);
      if (entry.begin != previous || entry.end - entry.begin != bytes) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            label + " has offsets that do not fit its shape; the file is corrupt: fetch it again");
      }
      previous = entry.end;
      StoredTensor tensor =
          new StoredTensor(file, entry.name, entry.type, entry.shape, data + entry.begin, 0);
      if (tensors.put(entry.name, tensor) != null) {
        throw corrupt("a tensor comes twice");
      }
    }
    if (previous != file.size() - data) {
      throw corrupt("its size is not that of its tensors");
    }
    return tensors;
  }

  private List<Entry> entries() {
    ByteBuffer header = file.map(Long.BYTES, headerBytes);
    List<Entry> entries = new ArrayList<>();
    // Read as a stream: a tree of the largest header allowed would take gigabytes.
    try (JsonReader json =
        new JsonReader(new StringReader(StandardCharsets.UTF_8.decode(header).toString()))) {
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
    return new Entry(name, type(name, type), shape, offsets.get(0), offsets.get(1));
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

  private StoredType type(String tensor, String dtype) {
    return switch (dtype) {
      case "F32" -> StoredType.F32;
      case "F16" -> StoredType.F16;
      case "BF16" -> StoredType.BF16;
      default ->
          throw new BookendException(
              ErrorCode.MODEL_UNSUPPORTED,
              path
                  + ": tensor "
                  + tensor
                  + " is stored as "
                  + dtype
                  + ", which is not supported; use a model in BF16, F16 or F32, or a GGUF file");
    };
  }

  private BookendException corrupt(String what) {
    return new BookendException(
        ErrorCode.MODEL_DAMAGED, path + ": corrupt or truncated: " + what + "; fetch it again");
  }
}
