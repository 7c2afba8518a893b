package dev.bookend.cli.chat;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import org.jline.keymap.KeyMap;
import org.jline.reader.Buffer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.Widget;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;

/**
 * Lines that are edited in a terminal: of several lines, with history, search in it, and
 * completion.
 */
public final class Keyboard implements LineSource {
  private static final int MOST_LINES_KEPT = 2_000;
  private static final String NEW_LINE = "bookend-new-line";
  private static final String ENTER = "bookend-enter";

  private final Screen screen;
  private final LineReader reader;
  private final Path historyFile;
  private boolean kept;

  /**
   * For a terminal.
   *
   * @param chat whose commands are completed
   * @param historyFile where lines are kept if the user wants that
   */
  public Keyboard(Terminal terminal, Chat chat, Path historyFile) {
    this.historyFile = historyFile;
    this.screen = chat.screen();
    LineReaderImpl editing =
        screen.isPlain()
            ? new LineReaderImpl(terminal, "bookend", null)
            : new PromptReader(terminal, screen);
    editing.setHistory(new DefaultHistory());
    editing.setParser((line, cursor, context) -> new TypedLine(line, cursor));
    editing.setCompleter(new CommandCompleter(chat));
    this.reader = editing;
    reader.setVariable(LineReader.SECONDARY_PROMPT_PATTERN, "%P. ");
    reader.setVariable(LineReader.INDENTATION, 0);
    reader.setVariable(LineReader.LIST_MAX, 60);
    reader.setVariable(LineReader.HISTORY_FILE_SIZE, MOST_LINES_KEPT);
    reader.setVariable(LineReader.BELL_STYLE, "none");
    reader.option(Option.DISABLE_EVENT_EXPANSION, true); // '!' is just text here
    reader.option(Option.HISTORY_IGNORE_SPACE, true);
    reader.option(Option.HISTORY_INCREMENTAL, true);
    reader.option(Option.INSERT_TAB, false);
    reader.option(Option.AUTO_FRESH_LINE, false);
    reader.option(Option.CASE_INSENSITIVE, true);
    if (!chat.screen().look().styled()) {
      for (String part :
          new String[] {"STARTING", "DESCRIPTION", "GROUP", "SELECTION", "BACKGROUND"}) {
        // For no style at all JLine would take one of its own.
        reader.setVariable("COMPLETION_STYLE_" + part, "fg:default");
        reader.setVariable("COMPLETION_STYLE_LIST_" + part, "fg:default");
      }
    }
    bind();
    chat.settings().onHistory(this::keepHistory);
  }

  private void bind() {
    reader.getWidgets().put(NEW_LINE, newLine());
    reader.getWidgets().put(ENTER, this::enter);
    for (KeyMap<?> map : reader.getKeyMaps().values()) {
      @SuppressWarnings("unchecked") // all of a reader's key maps hold bindings
      KeyMap<org.jline.reader.Binding> keys = (KeyMap<org.jline.reader.Binding>) map;
      if (keys == reader.getKeyMaps().get(LineReader.MAIN)
          || keys == reader.getKeyMaps().get(LineReader.EMACS)
          || keys == reader.getKeyMaps().get(LineReader.VIINS)) {
        keys.bind(new Reference(ENTER), "\r", "\n");
        keys.bind(new Reference(NEW_LINE), KeyMap.alt("\r"), KeyMap.alt("\n"));
      }
    }
  }

  private Widget newLine() {
    return () -> {
      reader.getBuffer().write('\n');
      return true;
    };
  }

  /** A line that is to go on does; all others are accepted. */
  private boolean enter() {
    Buffer buffer = reader.getBuffer();
    String text = buffer.toString();
    if (buffer.cursor() == buffer.length() && MessageText.endsInBackslash(text)) {
      buffer.backspace();
      buffer.write('\n');
      return true;
    }
    if (MessageText.isQuoteOpen(text)) {
      buffer.write('\n');
      return true;
    }
    reader.callWidget(LineReader.ACCEPT_LINE);
    return true;
  }

  private void keepHistory(boolean on) {
    if (on && !kept) {
      InputHistory.prepare(historyFile);
      reader.setVariable(LineReader.HISTORY_FILE, historyFile);
      load(); // which forgets what was typed before, so that it is not written either
    } else if (!on && kept) {
      save();
      reader.setVariable(LineReader.HISTORY_FILE, null);
    }
    kept = on;
  }

  private void load() {
    try {
      reader.getHistory().load();
    } catch (IOException | IllegalArgumentException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + historyFile + ": " + e.getMessage(), e);
    }
  }

  private void save() {
    if (kept) {
      try {
        reader.getHistory().save();
      } catch (IOException e) {
        kept = false; // there is nobody to tell, and nothing is lost but convenience
      }
    }
  }

  @Override
  public Typed read(String prompt, String text) {
    // JLine interrupts the thread for SIGINT, and may leave that behind.
    boolean unused = Thread.interrupted();
    screen.handOver();
    try {
      return new Typed.Line(reader.readLine(prompt, null, text.isEmpty() ? null : text));
    } catch (UserInterruptException e) {
      return new Typed.Interrupted(e.getPartialLine() == null || e.getPartialLine().isBlank());
    } catch (EndOfFileException e) {
      return new Typed.End();
    }
  }

  @Override
  public void close() {
    save();
  }
}
