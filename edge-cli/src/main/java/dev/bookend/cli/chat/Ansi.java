package dev.bookend.cli.chat;

import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** What is written to a terminal to show a text with its styles. */
final class Ansi {
  /**
   * In their place JLine would write letters in the terminal's alternate character set, which tmux
   * and screen show as letters where nobody has set that up, or else plus and minus signs.
   */
  private static final String LINES = "─│┌┐└┘├┤┬┴┼";

  /** The first of 32 code points that stand for no character. */
  private static final char NO_CHARACTER = '\uFDD0';

  private Ansi() {}

  static String of(AttributedString text, Terminal terminal) {
    AttributedStringBuilder hidden = new AttributedStringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      int line = LINES.indexOf(text.charAt(i));
      char shown = line < 0 ? text.charAt(i) : (char) (NO_CHARACTER + line);
      hidden.append(Character.toString(shown), text.styleAt(i));
    }
    String ansi = hidden.toAnsi(terminal);
    for (int line = 0; line < LINES.length(); line++) {
      ansi = ansi.replace((char) (NO_CHARACTER + line), LINES.charAt(line));
    }
    return ansi;
  }
}
