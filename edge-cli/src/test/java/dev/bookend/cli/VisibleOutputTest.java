package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class VisibleOutputTest {
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final PrintStream out =
      VisibleOutput.before(
          new PrintStream(terminal, false, StandardCharsets.UTF_8), StandardCharsets.UTF_8, true);

  private String shown() {
    out.flush();
    return terminal.toString(StandardCharsets.UTF_8);
  }

  @Test
  void anAnswerCannotReachTheClipboard() {
    TextPrinter printer = new TextPrinter(out, false);
    assertTrue(printer.piece("sure\u001b"));
    assertTrue(printer.piece("]52;c;cm0gLXJmIH4=\u0007\tdone\n"));
    assertEquals("sure\\u001b]52;c;cm0gLXJmIH4=\\u0007\tdone\n", shown());
  }

  @Test
  void whateverIsPrintedIsFiltered() {
    out.print('\u001b');
    out.printf("%s", "\u009b");
    out.println((Object) "\u202e");
    out.write('\u0007');
    new IllegalStateException("\u001b[2J").printStackTrace(out);
    assertTrue(shown().startsWith("\\u001b\\u009b\\u202e" + System.lineSeparator() + "\\u0007"));
    assertTrue(shown().contains("IllegalStateException: \\u001b[2J"), shown());
  }

  @Test
  void charactersInPiecesStayWhole() {
    String text = "ü日🎉\u202e\u009b!";
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      out.write(b);
    }
    assertEquals("ü日🎉\\u202e\\u009b!", shown());
  }

  @Test
  void aFullDiskOrAReaderThatIsGoneIsNoticed() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space");
          }
        };
    PrintStream stream =
        VisibleOutput.before(
            new PrintStream(full, false, StandardCharsets.UTF_8), StandardCharsets.UTF_8, false);
    assertFalse(stream.checkError());
    stream.print("x");
    assertTrue(stream.checkError());
  }
}
