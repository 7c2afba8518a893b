package dev.bookend.cli;

import dev.bookend.error.VisibleText;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * Writes text to a terminal with its control characters made visible. What comes in is bytes, so
 * that nothing that is printed goes around this; a character may come in several pieces.
 */
final class VisibleOutput extends OutputStream {
  private static final int LONGEST_CHARACTER = 16;

  private final PrintStream out;
  private final Charset charset;
  private final CharsetDecoder decoder;
  private final ByteBuffer incomplete = ByteBuffer.allocate(LONGEST_CHARACTER);

  private VisibleOutput(PrintStream out, Charset charset) {
    this.out = out;
    this.charset = charset;
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
  }

  /** A stream that prints in this way. */
  static PrintStream before(PrintStream out, Charset charset, boolean autoFlush) {
    return new PrintStream(new VisibleOutput(out, charset), autoFlush, charset);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    ByteBuffer all = ByteBuffer.allocate(incomplete.position() + length);
    all.put(incomplete.flip()).put(bytes, offset, length).flip();
    incomplete.clear();
    CharBuffer text = CharBuffer.allocate(all.remaining() + 1);
    decoder.decode(all, text, false);
    incomplete.put(all);
    byte[] shown = VisibleText.of(text.flip().toString()).getBytes(charset);
    out.write(shown, 0, shown.length);
  }

  @Override
  public void flush() throws IOException {
    out.flush();
    if (out.checkError()) {
      throw new IOException("the stream does not take more");
    }
  }
}
