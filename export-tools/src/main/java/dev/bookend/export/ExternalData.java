package dev.bookend.export;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.store.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Tensors of a checkpoint in a file beside the model, which ONNX requires of models above 2 GB. The
 * file's layout is decided first, so that the model can state offsets. Then the tensors are written
 * piece by piece, whatever their size.
 */
final class ExternalData {
  /** A page, so that a tensor can be mapped from the file. */
  private static final long ALIGNMENT = 4096;

  private static final long PIECE = 16 << 20;

  /** The bits of the exponent, which are all set in infinities and NaN. */
  private static final int INFINITE_F16 = 0x7c00;

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final String fileName;
  private final Map<String, TensorProto> tensors = new LinkedHashMap<>();
  private final Map<String, Content> contents = new LinkedHashMap<>();
  private long end;

  /**
   * @param fileName name of the file, in the directory that the model is in
   */
  ExternalData(Checkpoint checkpoint, Precision precision, String fileName) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.fileName = fileName;
  }

  /**
   * Where a tensor of the checkpoint is written, and where its scales are; {@code scales}: -1 where
   * it is not quantised.
   */
  private record Content(long offset, long scales) {}

  /** Adds a tensor to the file and returns its name. */
  String add(String tensor) {
    if (!contents.containsKey(tensor)) {
      contents.put(tensor, new Content(place(tensor, precision.onnx(), shape(tensor)), -1));
    }
    return tensor;
  }

  /**
   * Adds a matrix to the file as INT8, symmetrically quantised by row, and returns its name. The
   * scales of the rows, FP32, are the tensor {@link #scales}.
   */
  String addInt8(String matrix) {
    if (!contents.containsKey(matrix)) {
      long[] shape = shape(matrix);
      long offset = place(matrix, DataType.INT8, shape);
      contents.put(matrix, new Content(offset, place(scales(matrix), DataType.FLOAT, shape[0])));
    }
    return matrix;
  }

  /** Name of the scales of a matrix that is stored as INT8. */
  static String scales(String matrix) {
    return matrix + "_scale";
  }

  private long[] shape(String tensor) {
    return checkpoint.shape(tensor);
  }

  private long place(String name, DataType type, long... shape) {
    long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    long length =
        switch (type) {
          case INT8 -> 1;
          case FLOAT16 -> 2;
          default -> 4;
        };
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    for (long dimension : shape) {
      length = Math.multiplyExact(length, dimension);
      proto.addDims(dimension);
    }
    proto
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", fileName))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)));
    tensors.put(name, proto.build());
    end = offset + length;
    return offset;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /** The tensors as initializers of the model, which refer to the file. */
  Iterable<TensorProto> tensors() {
    return tensors.values();
  }

  /** How many tensors of the checkpoint there are. */
  int count() {
    return contents.size();
  }

  /** Size of the file. */
  long bytes() {
    return end;
  }

  /** Writes the file into a directory. */
  void write(Path directory, Progress progress) throws IOException {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      // ONNX's raw data is little-endian; Checkpoint reads in the machine's order.
      throw new UnsupportedOperationException("export needs a little-endian machine");
    }
    try (FileChannel file =
        FileChannel.open(
            directory.resolve(fileName), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (Map.Entry<String, Content> entry : contents.entrySet()) {
        write(entry.getKey(), entry.getValue(), file, progress);
      }
    }
  }

  private void write(String tensor, Content content, FileChannel file, Progress progress)
      throws IOException {
    long[] shape = shape(tensor);
    boolean int8 = content.scales >= 0;
    FloatType type = int8 ? FloatType.F32 : precision.stored();
    long at = content.offset;
    if (shape.length == 1) {
      at += write(file, finite(tensor, checkpoint.read(tensor, type), type), at);
    } else {
      int step = (int) Math.min(shape[0], Math.max(1, PIECE / (shape[1] * type.bytes())));
      for (long first = 0; first < shape[0]; first += step) {
        int rows = (int) Math.min(step, shape[0] - first);
        ByteBuffer values = finite(tensor, checkpoint.readRows(tensor, type, first, rows), type);
        if (int8) {
          QuantisedRows quantised = QuantisedRows.of(values, rows);
          at += write(file, quantised.values(), at);
          write(file, quantised.scales(), content.scales + first * Float.BYTES);
        } else {
          at += write(file, values, at);
        }
        progress.update(fileName, at, end);
      }
    }
    progress.update(fileName, int8 ? content.scales + shape[0] * Float.BYTES : at, end);
  }

  /**
   * Returns the values if the precision can hold them all. A single one that is rounded to infinity
   * would spoil every answer, without an error that names the cause.
   */
  private ByteBuffer finite(String tensor, ByteBuffer values, FloatType type) {
    boolean finite = true;
    if (type == FloatType.F16) {
      for (int at = values.position(); at < values.limit(); at += Short.BYTES) {
        finite &= (values.getShort(at) & INFINITE_F16) != INFINITE_F16;
      }
    } else {
      for (int at = values.position(); at < values.limit(); at += Float.BYTES) {
        finite &= Math.abs(values.getFloat(at)) <= precision.largest(); // not for NaN
      }
    }
    if (!finite) {
      throw new BookendException(
          precision.stored() == FloatType.F32
              ? ErrorCode.MODEL_DAMAGED
              : ErrorCode.PRECISION_TOO_NARROW,
          tensor
              + " holds values that "
              + precision.tensorType().toLowerCase(Locale.ROOT)
              + " cannot represent (beyond ±"
              + precision.largest()
              + ", or not a number)"
              + (precision.stored() == FloatType.F32 ? ": the checkpoint is damaged" : ""));
    }
    return values;
  }

  private static long write(FileChannel file, ByteBuffer content, long offset) throws IOException {
    long at = offset;
    while (content.hasRemaining()) {
      at += file.write(content, at);
    }
    return at - offset;
  }
}
