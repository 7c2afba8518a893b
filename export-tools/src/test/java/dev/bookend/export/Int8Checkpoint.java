package dev.bookend.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The weights of an export with INT8, multiplied by their scales. */
final class Int8Checkpoint implements Checkpoint {
  private final Checkpoint original;
  private final ByteBuffer data;
  private final Map<String, TensorProto> tensors;

  /**
   * @param directory with model.onnx
   */
  Int8Checkpoint(Checkpoint original, Path directory) {
    this.original = original;
    try {
      data =
          ByteBuffer.wrap(Files.readAllBytes(directory.resolve("model.onnx.data")))
              .order(ByteOrder.LITTLE_ENDIAN);
      tensors =
          ModelProto.parseFrom(Files.readAllBytes(directory.resolve("model.onnx")))
              .getGraph()
              .getInitializerList()
              .stream()
              .collect(Collectors.toMap(TensorProto::getName, Function.identity()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteBuffer content(String tensor) {
    Map<String, String> place =
        tensors.get(tensor).getExternalDataList().stream()
            .collect(
                Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue));
    return data.slice(Integer.parseInt(place.get("offset")), Integer.parseInt(place.get("length")))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public ByteBuffer read(String tensor, FloatType type) {
    ByteBuffer content = content(tensor);
    boolean int8 = tensors.get(tensor).getDataType() == DataType.INT8.getNumber();
    if (int8 != (original.shape(tensor).length == 2)) {
      throw new AssertionError(tensor + " is of the wrong type");
    }
    if (!int8) {
      return original.read(tensor, type); // the export's may be FP16
    }
    ByteBuffer scales = content(tensor + "_scale");
    int width = content.remaining() / (scales.remaining() / Float.BYTES);
    ByteBuffer values =
        ByteBuffer.allocateDirect(content.remaining() * Float.BYTES).order(ByteOrder.nativeOrder());
    for (int i = 0; content.hasRemaining(); i++) {
      values.putFloat(content.get() * scales.getFloat(i / width * Float.BYTES));
    }
    return values.flip();
  }

  @Override
  public long[] shape(String tensor) {
    return original.shape(tensor);
  }

  @Override
  public ModelConfig config() {
    return original.config();
  }

  @Override
  public TokenizerSource tokenizer() {
    return original.tokenizer();
  }

  @Override
  public Set<String> tensorNames() {
    return original.tensorNames();
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    ByteBuffer whole = read(tensor, type);
    int row = whole.remaining() / (int) shape(tensor)[0];
    return whole.slice((int) first * row, count * row).order(whole.order());
  }

  @Override
  public String fingerprint() {
    return original.fingerprint();
  }

  @Override
  public void close() {}
}
