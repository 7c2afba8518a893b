package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.text.Utf8;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text that is piped in. Bytes that are no UTF-8 are refused: the model would read other signs. */
final class StandardInput {
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
          ErrorCode.IO_FAILED, "cannot read from stdin: " + FileProblem.of(e), e);
    }
    try {
      return Utf8.decode(bytes);
    } catch (CharacterCodingException e) {
      throw notUtf8(e);
    }
  }

  /** Whether something is there to be read, as far as can be told without waiting. */
  static boolean hasSome() {
    // System.in would wait while another thread reads from it. Nothing is closed: it is shared.
    InputStream in = new FileInputStream(FileDescriptor.in);
    try {
      return !StandardStreams.inputIsTerminal() && in.available() > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Its lines, one after the other; bytes that are no UTF-8 end them with an exception. */
  static BufferedReader lines() {
    return lines(System.in);
  }

  static BufferedReader lines(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
  }

  /**
   * Refuses a line that is no text; returns any other.
   *
   * @throws BookendException if it is UTF-16
   */
  static String requireWhole(String line) {
    if (line.indexOf('\0') >= 0) { // as in Utf8
      throw notUtf8(null);
    }
    return line;
  }

  private static BookendException notUtf8(Exception cause) {
    return new BookendException(
        ErrorCode.IO_FAILED,
        "the text on stdin is not UTF-8, or has zeros in it; convert it first, as with"
            + " 'iconv -f LATIN1 -t UTF-8'",
        cause);
  }
}
