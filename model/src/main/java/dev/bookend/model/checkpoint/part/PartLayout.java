package dev.bookend.model.checkpoint.part;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.model.checkpoint.TensorPlace;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A file that holds a part of a model: well-formed in the format of the model's own files, with the
 * same tensors by the same names, and so readable by other programs as what it is.
 *
 * @param head the file's first bytes, up to its first tensor
 * @param bytes size of the file
 * @param copies what comes from where, in the order of the file
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
public record PartLayout(byte[] head, long bytes, List<Copy> copies) {
  private static final int ALIGNMENT = 32;
  private static final int GGUF_VERSION = 3;
  private static final int GGUF_STRING = 8;

  /**
   * Bytes of the model's own files.
   *
   * @param file which
   * @param from their place there
   * @param at their place in this file
   */
  public record Copy(String file, long from, long at, long bytes) {}

  /**
   * Lays a part out.
   *
   * @param what says in the file's header what it is
   */
  static PartLayout of(ModelPart part, PartFormat format, String what) {
    List<TensorPlace> tensors = new ArrayList<>(part.tensors().values());
    tensors.sort(Comparator.comparing(TensorPlace::file).thenComparingLong(TensorPlace::offset));
    int alignment = format == PartFormat.GGUF ? ALIGNMENT : 1;
    List<Long> offsets = new ArrayList<>();
    long end = 0;
    for (TensorPlace tensor : tensors) {
      end = (end + alignment - 1) / alignment * alignment;
      offsets.add(end);
      end += tensor.bytes();
    }
    byte[] head =
        format == PartFormat.GGUF
            ? gguf(tensors, offsets, what)
            : safetensors(tensors, offsets, what);
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      TensorPlace tensor = tensors.get(i);
      add(
          copies,
          new Copy(tensor.file(), tensor.offset(), head.length + offsets.get(i), tensor.bytes()));
    }
    return new PartLayout(head, head.length + end, List.copyOf(copies));
  }

  /** Joins what lies side by side both there and here. */
  private static void add(List<Copy> copies, Copy next) {
    if (!copies.isEmpty()) {
      Copy last = copies.get(copies.size() - 1);
      if (last.file.equals(next.file)
          && last.from + last.bytes == next.from
          && last.at + last.bytes == next.at) {
        copies.set(
            copies.size() - 1, new Copy(last.file, last.from, last.at, last.bytes + next.bytes));
        return;
      }
    }
    copies.add(next);
  }

  private static byte[] safetensors(List<TensorPlace> tensors, List<Long> offsets, String what) {
    JsonObject header = new JsonObject();
    JsonObject metadata = new JsonObject();
    metadata.addProperty("bookend", what);
    header.add("__metadata__", metadata);
    for (int i = 0; i < tensors.size(); i++) {
      TensorPlace tensor = tensors.get(i);
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", tensor.type().name());
      JsonArray shape = new JsonArray();
      tensor.shape().forEach(shape::add);
      entry.add("shape", shape);
      JsonArray place = new JsonArray();
      place.add(offsets.get(i));
      place.add(offsets.get(i) + tensor.bytes());
      entry.add("data_offsets", place);
      header.add(tensor.name(), entry);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8; // the format's own writer aligns the data so
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    return head.array();
  }

  private static byte[] gguf(List<TensorPlace> tensors, List<Long> offsets, String what) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    int32(out, GGUF_VERSION);
    int64(out, tensors.size());
    int64(out, 1);
    string(out, "general.description");
    int32(out, GGUF_STRING);
    string(out, what);
    for (int i = 0; i < tensors.size(); i++) {
      TensorPlace tensor = tensors.get(i);
      string(out, tensor.name());
      int32(out, tensor.shape().size());
      for (int d = tensor.shape().size() - 1; d >= 0; d--) {
        int64(out, tensor.shape().get(d));
      }
      int32(out, tensor.type().ggmlId());
      int64(out, offsets.get(i));
    }
    while (out.size() % ALIGNMENT != 0) {
      out.write(0);
    }
    return out.toByteArray();
  }

  private static void string(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int64(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void int32(ByteArrayOutputStream out, int value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private static void int64(ByteArrayOutputStream out, long value) {
    out.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
