package dev.bookend.export;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.store.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors of a checkpoint in a file beside the model, as ONNX lays down for models above 2 GB. The
 * file's layout is settled first, so that the model can name offsets; then the tensors are written
 * one piece after the other, whatever their size.
 */
final class ExternalData {
  /** So that every system can map a tensor from the file. */
  private static final long ALIGNMENT = 1 << 16;

  private static final long PIECE = 16 << 20;

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final String fileName;
  private final Map<String, TensorProto> tensors = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private long end;

  /**
   * @param fileName name of the file, in the directory that the model is in
   */
  ExternalData(Checkpoint checkpoint, Precision precision, String fileName) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.fileName = fileName;
  }

  private record Entry(String tensor, long offset) {}

  /** Makes a tensor part of the file and returns its name. */
  String add(String tensor) {
    if (!tensors.containsKey(tensor)) {
      long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      long length = precision.stored().bytes();
      TensorProto.Builder proto =
          TensorProto.newBuilder().setName(tensor).setDataType(precision.onnx().getNumber());
      for (long dimension : checkpoint.shape(tensor)) {
        length = Math.multiplyExact(length, dimension);
        proto.addDims(dimension);
      }
      proto
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(entry("location", fileName))
          .addExternalData(entry("offset", Long.toString(offset)))
          .addExternalData(entry("length", Long.toString(length)));
      tensors.put(tensor, proto.build());
      entries.add(new Entry(tensor, offset));
      end = offset + length;
    }
    return tensor;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /** The tensors as the model refers to them. */
  Iterable<TensorProto> tensors() {
    return tensors.values();
  }

  int count() {
    return tensors.size();
  }

  /** Size of the file. */
  long bytes() {
    return end;
  }

  /** Writes the file into a directory. */
  void write(Path directory, Progress progress) throws IOException {
    requireLittleEndian();
    try (FileChannel file =
        FileChannel.open(
            directory.resolve(fileName), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (Entry entry : entries) {
        file.position(entry.offset);
        for (Piece piece : pieces(entry.tensor)) {
          ByteBuffer content = piece.read(checkpoint, precision.stored());
          while (content.hasRemaining()) {
            file.write(content);
          }
          progress.update(fileName, file.position(), end);
        }
      }
    }
  }

  /** ONNX's raw data is little-endian, and {@link Checkpoint#read} gives the machine's order. */
  private static void requireLittleEndian() {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new UnsupportedOperationException("export needs a little-endian machine");
    }
  }

  /** Some rows of a matrix, or a whole vector. */
  private record Piece(String tensor, long first, int rows) {
    ByteBuffer read(Checkpoint checkpoint, FloatType type) {
      return rows == 0
          ? checkpoint.read(tensor, type)
          : checkpoint.readRows(tensor, type, first, rows);
    }
  }

  private List<Piece> pieces(String tensor) {
    long[] shape = checkpoint.shape(tensor);
    if (shape.length == 1) {
      return List.of(new Piece(tensor, 0, 0));
    }
    long rowBytes = shape[1] * precision.stored().bytes();
    int rows = (int) Math.min(shape[0], Math.max(1, PIECE / rowBytes));
    List<Piece> pieces = new ArrayList<>();
    for (long first = 0; first < shape[0]; first += rows) {
      pieces.add(new Piece(tensor, first, (int) Math.min(rows, shape[0] - first)));
    }
    return pieces;
  }
}
