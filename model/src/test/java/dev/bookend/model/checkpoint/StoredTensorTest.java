package dev.bookend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredTensorTest {

  @Property(tries = 50)
  void quantisedRowsOfInterleavedHeadsComeInTheirPlaces(
      @ForAll @IntRange(min = 1, max = 5) int heads,
      @ForAll @IntRange(min = 1, max = 8) int pairs,
      @ForAll FloatType type,
      @ForAll long seed)
      throws IOException {
    int rows = heads * 2 * pairs;
    byte[] blocks = new byte[rows * 34];
    new Random(seed).nextBytes(blocks);
    for (int row = 0; row < rows; row++) {
      blocks[34 * row + 1] = 0x2c; // a scale near 0.06
    }
    Path path = Files.createTempFile("rows", ".bin");
    try (MappedFile file = new MappedFile(Files.write(path, blocks))) {
      List<Long> shape = List.of((long) rows, 32L);
      ByteBuffer stored =
          new StoredTensor(file, "x", StoredType.Q8_0, shape, 0, 0).read(type, 0, rows);
      StoredTensor tensor = new StoredTensor(file, "x", StoredType.Q8_0, shape, 0, 2 * pairs);
      ByteBuffer all = tensor.read(type, 0, rows);
      int rowBytes = 32 * type.bytes();
      for (int row = 0; row < rows; row++) {
        // The inverse of the converter's reshape(heads, 2, D/2, in).swapaxes(1, 2).
        int head = row / (2 * pairs);
        int half = row / pairs % 2;
        int from = head * 2 * pairs + row % pairs * 2 + half;
        assertEquals(stored.slice(from * rowBytes, rowBytes), all.slice(row * rowBytes, rowBytes));
        assertEquals(tensor.read(type, row, 1), all.slice(row * rowBytes, rowBytes));
      }
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void tensorsAbove2GiBAreReadByRows(@TempDir Path directory) throws IOException {
    long rows = 1_100_000; // 2 KiB each, so 2.25 GB, which the file has as a hole
    long data = rows * 1024 * 2;
    String json =
        String.format(
            "{\"big\":{\"dtype\":\"BF16\",\"shape\":[%d,1024],\"data_offsets\":[0,%d]},"
                + "\"after\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}",
            rows, data, data, data + 4);
    Path path = directory.resolve("big.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(json.length()));
      file.writeBytes(json);
      for (long row : new long[] {1_048_574, 1_048_575, rows - 1}) { // around the end of a piece
        file.seek(8 + json.length() + row * 2048);
        file.writeShort(Short.reverseBytes(HalfFloat.toBf16((float) (row % 100))));
      }
      file.seek(8 + json.length() + data);
      file.writeInt(Integer.reverseBytes(Float.floatToIntBits(7)));
    }
    var tensors = SafetensorsFile.read(path).readable();
    StoredTensor big = tensors.get("big");
    ByteBuffer two = big.read(FloatType.F32, 1_048_574, 2);
    assertEquals(74, two.getFloat(0));
    assertEquals(75, two.getFloat(4096));
    assertEquals(99, big.read(FloatType.F32, rows - 1, 1).getFloat(0));
    assertEquals(7, tensors.get("after").read(FloatType.F32, 0, 1).getFloat(0));
    assertTrue(
        assertThrows(BookendException.class, () -> big.read(FloatType.BF16, 0, rows))
            .getMessage()
            .contains("tensor big takes more than 2 GiB"));
  }
}
