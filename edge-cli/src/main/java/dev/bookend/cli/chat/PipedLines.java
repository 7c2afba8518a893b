package dev.bookend.cli.chat;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.function.UnaryOperator;

/** Lines of a file or pipe. */
public final class PipedLines implements LineSource {
  private final BufferedReader reader;
  private final UnaryOperator<String> check;
  private boolean begun;

  /**
   * @param check looks at each line before it is used, and may throw
   */
  public PipedLines(BufferedReader reader, UnaryOperator<String> check) {
    this.reader = reader;
    this.check = check;
  }

  @Override
  public Typed read(String prompt, String text) {
    try {
      String line = line();
      if (line == null) {
        return new Typed.End();
      }
      while (MessageText.goesOn(line)) {
        String next = line();
        if (next == null) {
          break;
        }
        line = MessageText.join(line, next);
      }
      return new Typed.Line(line);
    } catch (CharacterCodingException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED,
          "the text on stdin is not UTF-8, or has zeros in it; convert it first, as with"
              + " 'iconv -f LATIN1 -t UTF-8'",
          e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read from stdin: " + FileProblem.of(e), e);
    }
  }

  private String line() throws IOException {
    String line = reader.readLine();
    if (line == null) {
      return null;
    }
    boolean first = !begun;
    begun = true;
    String checked = check.apply(line);
    return first && checked.startsWith("\uFEFF") ? checked.substring(1) : checked;
  }

  @Override
  public void close() {}
}
