package dev.bookend.cli.chat;

import java.util.List;
import org.jline.reader.CompletingParsedLine;

/**
 * A line as completion sees it: a command and its whole argument, or a message. Nothing is quoted.
 */
record TypedLine(String line, int cursor) implements CompletingParsedLine {
  private boolean isCommand() {
    return line.startsWith("/");
  }

  /** Where the word under the cursor begins. */
  private int begin() {
    int space = line.indexOf(' ');
    if (!isCommand() || space < 0 || space >= cursor) {
      return 0;
    }
    int at = space;
    while (at < cursor && line.charAt(at) == ' ') {
      at++;
    }
    return at;
  }

  /** The command, without slash; empty: it is a message, or the command is not whole. */
  String command() {
    return isCommand() && begin() > 0 ? line.substring(1, line.indexOf(' ')) : "";
  }

  @Override
  public String word() {
    int end = begin() > 0 ? line.length() : line.indexOf(' ');
    return line.substring(begin(), end < cursor ? line.length() : end);
  }

  @Override
  public int wordCursor() {
    return cursor - begin();
  }

  @Override
  public int wordIndex() {
    return begin() == 0 ? 0 : 1;
  }

  @Override
  public List<String> words() {
    return begin() == 0 ? List.of(word()) : List.of("/" + command(), word());
  }

  @Override
  public CharSequence escape(CharSequence candidate, boolean complete) {
    return candidate;
  }

  @Override
  public int rawWordCursor() {
    return wordCursor();
  }

  @Override
  public int rawWordLength() {
    return word().length();
  }
}
