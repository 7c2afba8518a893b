package dev.bookend.model.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Text that a user has written with any editor: in UTF-8, with or without a byte order mark. What
 * is something else is refused, for a model would read other characters than are meant.
 */
public final class Utf8 {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private Utf8() {}

  /**
   * The text of a file, without a byte order mark.
   *
   * @throws CharacterCodingException if it is not UTF-8
   * @throws IOException if it cannot be read
   */
  public static String read(Path file) throws IOException {
    return decode(Files.readAllBytes(file));
  }

  /**
   * The text that bytes are, without a byte order mark.
   *
   * @throws CharacterCodingException if they are not UTF-8
   */
  public static String decode(byte[] bytes) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    if (text.indexOf('\0')
        >= 0) { // ASCII as UTF-16 is valid UTF-8, with a zero at every other place
      throw new MalformedInputException(1);
    }
    return withoutMark(text);
  }

  /** Drops the mark that some editors put at the beginning of a file. */
  public static String withoutMark(String text) {
    return text.isEmpty() || text.charAt(0) != BYTE_ORDER_MARK ? text : text.substring(1);
  }
}
