package dev.bookend.history;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Texts as bytes: for each text the number of its tokens, then their ids, as big-endian INT32. */
final class TokenTexts {
  private TokenTexts() {}

  static byte[] write(List<int[]> texts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int[] text : texts) {
      ByteBuffer bytes = ByteBuffer.allocate((text.length + 1) * Integer.BYTES);
      bytes.putInt(text.length).asIntBuffer().put(text);
      out.writeBytes(bytes.array());
    }
    return out.toByteArray();
  }

  /**
   * Reads texts up to the end, or up to a text that is incomplete.
   *
   * @param bytes its position is afterwards the end of the last complete text
   */
  static List<int[]> read(ByteBuffer bytes) {
    List<int[]> texts = new ArrayList<>();
    while (bytes.remaining() >= Integer.BYTES) {
      int length = bytes.getInt(bytes.position());
      if (length < 0 || length > bytes.remaining() / Integer.BYTES - 1) {
        break;
      }
      int[] text = new int[length];
      bytes.getInt();
      bytes.asIntBuffer().get(text);
      bytes.position(bytes.position() + length * Integer.BYTES);
      texts.add(text);
    }
    return texts;
  }
}
