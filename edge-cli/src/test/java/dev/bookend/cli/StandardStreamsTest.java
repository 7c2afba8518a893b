package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    }
    byte[] ascii = "hi".getBytes(StandardCharsets.UTF_16LE);
    assertThrows(BookendException.class, () -> read(ascii));
    assertThrows(BookendException.class, () -> StandardInput.requireWhole("Gr\uFFFD\uFFFDe"));
    StandardInput.requireWhole("Gr\u00fc\u00dfe");
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
