package dev.bookend.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.ScreenTerminal;
import org.jline.utils.ScreenTerminal.VirtualTerminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In a terminal that does not wrap anew; {@code ShellResizeIT} has one that does. */
class LiveRowsTest {
  private VirtualTerminal virtual;
  private LiveRows live;

  @BeforeEach
  void open() throws IOException {
    virtual = ScreenTerminal.withTerminal("test", "xterm-256color", 20, 6);
    live = new LiveRows(virtual.terminal());
  }

  @Test
  void linesOfTablesAreWrittenAsTheyAreAndNotAsLetters() {
    AttributedString text =
        new AttributedStringBuilder()
            .append("a │")
            .append("─┼─", AttributedStyle.BOLD)
            .toAttributedString();
    assertEquals("a │\u001b[1m─┼─\u001b[0m", Ansi.of(text, virtual.terminal()));
    draw(List.of(text), rows("└ b"));
    assertEquals("a │─┼─\n└ b", shown());
  }

  private static List<AttributedString> rows(String... texts) {
    return Arrays.stream(texts).map(AttributedString::new).toList();
  }

  private void draw(List<AttributedString> settled, List<AttributedString> next) {
    live.draw(settled, next, 0, 0);
    virtual.terminal().flush();
  }

  /** What has gone out at the top, and what is there, without empty rows at the end. */
  private String shown() {
    ScreenTerminal screen = virtual.screen();
    List<String> all = new ArrayList<>();
    for (long[] row : screen.getHistory()) {
      all.add(text(row, 0, row.length));
    }
    long[] cells = new long[screen.getColumns() * screen.getRows()];
    screen.dump(cells, 0, 0, screen.getRows(), screen.getColumns(), new int[2]);
    for (int y = 0; y < screen.getRows(); y++) {
      all.add(text(cells, y * screen.getColumns(), screen.getColumns()));
    }
    return String.join("\n", all).stripTrailing();
  }

  private static String text(long[] cells, int from, int count) {
    StringBuilder text = new StringBuilder();
    for (int x = from; x < from + count; x++) {
      int character = ScreenTerminal.cellCodePoint(cells[x]);
      text.appendCodePoint(character == 0 ? ' ' : character);
    }
    return text.toString().stripTrailing();
  }

  @Test
  void rowsAreDrawnOverThemselvesBelowWhatIsSettled() {
    draw(rows(), rows("one", "status"));
    draw(rows(), rows("one two", "three", "status"));
    assertEquals("one two\nthree\nstatus", shown());
    draw(rows("one two"), rows("three four", "status"));
    assertEquals("one two\nthree four\nstatus", shown());
    draw(rows("three four"), rows());
    assertEquals("one two\nthree four", shown());
    draw(rows("a", "b", "c", "d", "e"), rows("12345678901234567890", "status"));
    draw(rows(), rows("12345678901234567890", "x"));
    assertEquals("one two\nthree four\na\nb\nc\nd\ne\n12345678901234567890\nx", shown());
    draw(rows(), rows("12345678901234567890"));
    assertEquals("one two\nthree four\na\nb\nc\nd\ne\n12345678901234567890", shown());
  }

  @Test
  void aWindowThatIsNarrowerThanAnybodyWasToldKeepsWhatIsAbove() {
    draw(rows("first", "second"), rows("17 characters now", "status"));
    virtual.screen().setSize(Size.of(10, 6)); // the program is not told yet
    for (String text : List.of("18 characters now.", "19 characters now..")) {
      draw(rows(), rows(text, text, "status"));
    }
    virtual.terminal().setSize(Size.of(10, 6));
    draw(rows(), rows("19", "characters", "status"));
    assertEquals("first\nsecond\n19\ncharacters\nstatus", shown());
  }

  @Test
  void manySizesOneAfterTheOtherLoseNothing() {
    draw(rows("a", "b", "c"), rows("live", "status"));
    int[][] sizes = {{12, 6}, {40, 5}, {13, 4}, {30, 9}, {20, 6}};
    for (int[] size : sizes) {
      virtual.screen().setSize(Size.of(size[0], size[1]));
      virtual.terminal().setSize(Size.of(size[0], size[1]));
      draw(rows(), rows("live", "status"));
    }
    draw(rows("live"), rows("more"));
    String all = shown().replaceAll("\\s+", " ");
    assertTrue(all.startsWith("a b c"), all);
    assertTrue(all.endsWith("live more"), all);
  }

  @Test
  void aRowThatIsTooLongForTheWindowMayHaveMovedTheCursor() {
    live.draw(List.of(), rows("> a line", "status"), 0, 8);
    assertFalse(live.mayHaveMoved());
    virtual.terminal().setSize(Size.of(8, 6));
    assertTrue(live.mayHaveMoved());
  }
}
