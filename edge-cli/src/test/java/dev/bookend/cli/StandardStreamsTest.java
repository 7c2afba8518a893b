package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.chat.LineSource.Typed;
import dev.bookend.cli.chat.PipedLines;
import dev.bookend.error.BookendException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StandardStreamsTest {

  private static String read(byte[] bytes) {
    return StandardInput.read(new ByteArrayInputStream(bytes));
  }

  @Test
  void aByteOrderMarkIsNoPartOfAText() {
    assertEquals("hi\uFEFF", read("\uFEFFhi\uFEFF".getBytes(StandardCharsets.UTF_8)));
    assertEquals("Gr\u00fc\u00dfe", read("Gr\u00fc\u00dfe".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    for (Charset other :
        new Charset[] {
          StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16, StandardCharsets.UTF_16LE
        }) {
      byte[] bytes = "Gr\u00fc\u00dfe".getBytes(other);
      String message = assertThrows(BookendException.class, () -> read(bytes)).getMessage();
      assertTrue(message.contains("not UTF-8"), message);
      assertThrows(BookendException.class, () -> readLine(bytes));
    }
    byte[] ascii = "hi".getBytes(StandardCharsets.UTF_16LE);
    assertThrows(BookendException.class, () -> read(ascii));
    assertThrows(BookendException.class, () -> readLine(ascii));
    assertEquals(
        new Typed.Line("Gr\u00fc\u00dfe"),
        readLine("\uFEFFGr\u00fc\u00dfe".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void linesOfWindowsEndWhereOthersDo() {
    byte[] text = "\uFEFF\"\"\"one\r\ntwo\"\"\"\r\n/exit\r\n".getBytes(StandardCharsets.UTF_8);
    PipedLines lines =
        new PipedLines(
            StandardInput.lines(new ByteArrayInputStream(text)), StandardInput::requireWhole);
    Typed first = lines.read("", "");
    assertEquals("\"\"\"one\ntwo\"\"\"", ((Typed.Line) first).text());
    assertEquals(new Typed.Line("/exit"), lines.read("", ""));
  }

  /** A line as the shell reads it from a pipe. */
  private static Typed readLine(byte[] bytes) {
    return new PipedLines(
            StandardInput.lines(new ByteArrayInputStream(bytes)), StandardInput::requireWhole)
        .read("", "");
  }

  /** What is told of an output that fails as a full disk or a closed pipe does. */
  private static Optional<String> problem(String failure) {
    StandardOutput output =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                throw new IOException(failure);
              }
            });
    new PrintStream(output, true, StandardCharsets.UTF_8).println("an answer");
    return output.problem();
  }

  @Test
  void aFullDiskIsToldAndAReaderThatHasEnoughIsNot() {
    assertEquals(Optional.of("No space left on device"), problem("No space left on device"));
    assertEquals(Optional.empty(), problem("Broken pipe"));
  }
}
