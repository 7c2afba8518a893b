package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TensorTest {
  @Property
  void numbersComeBackAsTheyWent(@ForAll float[] floats, @ForAll int[] ints) {
    assertArrayEquals(floats, Tensor.of("x", List.of((long) floats.length), floats).toFloats());
    assertArrayEquals(ints, Tensor.of("x", List.of(1L, (long) ints.length), ints).toInts());
  }

  @Property(tries = 200)
  void bytesAreWalkedSafely(@ForAll byte[] content, @ForAll @Size(max = 3) List<Long> shape) {
    try {
      Tensor tensor = new Tensor("x", TensorType.BYTES, shape, ByteBuffer.wrap(content));
      assertEquals(Tensor.count("x", shape), tensor.toElements().size());
    } catch (IllegalArgumentException e) {
      assertFalse(e.getMessage().isEmpty());
    }
  }

  @Test
  void stringsAreUtf8LedByTheirLength() {
    Tensor tensor = Tensor.of("x", List.of(2L), "a", "é");
    assertEquals(
        ByteBuffer.wrap(new byte[] {1, 0, 0, 0, 'a', 2, 0, 0, 0, (byte) 0xc3, (byte) 0xa9}),
        tensor.content());
    assertEquals(List.of("a", "é"), tensor.toStrings());
  }

  @Test
  void scalarHasNoDimensions() {
    assertArrayEquals(new int[] {7}, Tensor.of("x", List.of(), 7).toInts());
  }

  @Test
  void contentIsAViewOfTheBufferFromItsPosition() {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).position(4);
    Tensor tensor = new Tensor("x", TensorType.INT32, List.of(1L), buffer);
    buffer.putInt(4, 5);
    assertArrayEquals(new int[] {5}, tensor.toInts());
    assertEquals(0, tensor.content().position());
    assertSame(ByteOrder.LITTLE_ENDIAN, tensor.content().order());
    assertThrows(ReadOnlyBufferException.class, () -> tensor.content().put((byte) 1));
  }

  @Test
  void contentMustFitTheShape() {
    ByteBuffer eight = ByteBuffer.allocate(8);
    for (List<Long> shape :
        List.of(
            List.of(3L),
            List.of(-1L),
            List.of(-1L, -2L),
            List.of(0L),
            List.of(Long.MAX_VALUE, 4L),
            List.of(1L << 62),
            List.of(1L << 32, 1L << 31))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new Tensor("x", TensorType.INT32, shape, eight),
          shape::toString);
    }
  }

  @Test
  void contentIsNeverPrinted() {
    assertEquals("x INT32[1]", Tensor.of("x", List.of(1L), 4711).toString());
  }

  @Test
  void elementsAreReadAsWhatTheyAre() {
    assertThrows(IllegalStateException.class, () -> Tensor.of("x", List.of(), 1).toFloats());
    assertThrows(IllegalStateException.class, () -> Tensor.of("x", List.of(), 1f).toStrings());
  }
}
