package dev.bookend.model.checkpoint.safetensors;

import dev.bookend.model.checkpoint.gguf.GgufFixture;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes safetensors files. */
public final class SafetensorsFixture {
  private final List<String> entries =
      new ArrayList<>(List.of("\"__metadata__\":{\"format\":\"pt\"}"));
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  SafetensorsFixture tensor(String name, String dtype, long[] shape, byte[] bytes) {
    int begin = data.size();
    data.writeBytes(bytes);
    return entry(
        String.format(
            "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
            name, dtype, Arrays.toString(shape), begin, data.size()));
  }

  /** A raw entry of the header. */
  SafetensorsFixture entry(String json) {
    entries.add(json);
    return this;
  }

  /** F32 elements 0, 1, 2, ... */
  SafetensorsFixture counting(String name, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return tensor(name, "F32", shape, GgufFixture.bytes(values));
  }

  /** All tensors that a configuration implies. */
  public static SafetensorsFixture of(Map<String, long[]> shapes) {
    SafetensorsFixture file = new SafetensorsFixture();
    shapes.forEach(file::counting);
    return file;
  }

  public byte[] header() {
    byte[] json = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer header = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.array();
  }

  public byte[] write() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(header());
    file.writeBytes(data.toByteArray());
    return file.toByteArray();
  }
}
