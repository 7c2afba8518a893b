package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text that is piped in. Bytes that are no UTF-8 are refused: the model would read other signs. */
final class StandardInput {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private StandardInput() {}

  /**
   * All of it, without a byte order mark.
   *
   * @throws BookendException if it cannot be read or is not UTF-8
   */
  static String read() {
    return read(System.in);
  }

  static String read(InputStream in) {
    byte[] bytes;
    try {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read from stdin: " + e.getMessage(), e);
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      requireText(text);
      return withoutMark(text);
    } catch (CharacterCodingException e) {
      throw notUtf8(e);
    }
  }

  /** Its lines, one after the other; bytes that are no UTF-8 end them with an exception. */
  static BufferedReader lines() {
    return lines(System.in);
  }

  static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
  }

  /** Drops the mark that some editors put at the beginning of a file. */
  static String withoutMark(String text) {
    return text.isEmpty() || text.charAt(0) != BYTE_ORDER_MARK ? text : text.substring(1);
  }

  /**
   * Refuses a line that is no text; returns any other.
   *
   * @throws BookendException if it is UTF-16
   */
  static String requireWhole(String line) {
    requireText(line);
    return line;
  }

  /** ASCII as UTF-16 is valid UTF-8, with a NUL at every other place. */
  private static void requireText(String text) {
    if (text.indexOf('\0') >= 0) {
      throw notUtf8(null);
    }
  }

  private static BookendException notUtf8(Exception cause) {
    return new BookendException(
        ErrorCode.IO_FAILED,
        "the text on stdin is not UTF-8; convert it first, as with 'iconv -f LATIN1 -t UTF-8'",
        cause);
  }
}
