package dev.bookend.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compared with the Python package gguf; src/test/oracle/fixtures.py made the files. */
class BlockDecoderTest {

  @ParameterizedTest
  @EnumSource
  void decodesAsTheReferenceDoes(StoredType type) throws IOException {
    byte[] blocks = resource(type + ".blocks");
    ByteBuffer expected = ByteBuffer.wrap(resource(type + ".floats"));
    float[] floats = new float[expected.remaining() / 4];
    expected.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    assertEquals(floats.length / type.blockElements() * type.blockBytes(), blocks.length);

    float[] decoded = new float[floats.length];
    BlockDecoder.decode(type, blocks, floats.length, decoded);

    for (int i = 0; i < floats.length; i++) {
      assertEquals(floats[i] + 0f, decoded[i] + 0f, "exactly, but for the sign of zero");
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = BlockDecoderTest.class.getResourceAsStream(name)) {
      assertTrue(in != null, name);
      return in.readAllBytes();
    }
  }
}
