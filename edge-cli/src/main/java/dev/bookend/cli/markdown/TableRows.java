package dev.bookend.cli.markdown;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableCell.Alignment;
import org.commonmark.node.Node;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * A table: its columns as wide as they must be; where the terminal is too narrow, cells have
 * several rows, and where it is much too narrow, each row becomes a list of its cells.
 */
final class TableRows {
  private static final int NARROWEST = 6;
  private static final int GAP = 3; // space, line, space

  private final Look look;
  private final InlineText inline;

  TableRows(Look look, InlineText inline) {
    this.look = look;
    this.inline = inline;
  }

  private record Cell(AttributedString text, Alignment alignment) {}

  List<AttributedString> of(TableBlock table, int width) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Node part = table.getFirstChild(); part != null; part = part.getNext()) {
      for (Node row = part.getFirstChild(); row != null; row = row.getNext()) {
        rows.add(cells(row));
      }
    }
    if (rows.isEmpty()) {
      return List.of();
    }
    int columns = rows.get(0).size();
    int free = width - GAP * (columns - 1);
    int[] widths = widths(rows, columns);
    if (sum(widths) > free) {
      if (free < NARROWEST * columns) {
        return asList(rows, width);
      }
      shrink(widths, free);
    }
    List<AttributedString> all = new ArrayList<>(row(rows.get(0), widths));
    all.add(line(widths));
    rows.subList(1, rows.size()).forEach(row -> all.addAll(row(row, widths)));
    return all;
  }

  private List<Cell> cells(Node row) {
    List<Cell> cells = new ArrayList<>();
    for (Node node = row.getFirstChild(); node != null; node = node.getNext()) {
      TableCell cell = (TableCell) node;
      cells.add(
          new Cell(
              inline.of(cell, cell.isHeader() ? look.strong() : AttributedStyle.DEFAULT),
              cell.getAlignment()));
    }
    return cells;
  }

  private static int[] widths(List<List<Cell>> rows, int columns) {
    int[] widths = new int[columns];
    for (List<Cell> row : rows) {
      for (int i = 0; i < Math.min(columns, row.size()); i++) {
        widths[i] = Math.max(widths[i], Math.max(1, row.get(i).text().columnLength()));
      }
    }
    return widths;
  }

  private static int sum(int[] widths) {
    int sum = 0;
    for (int width : widths) {
      sum += width;
    }
    return sum;
  }

  /** Takes from the widest column until all fit. */
  private static void shrink(int[] widths, int free) {
    for (int over = sum(widths) - free; over > 0; over--) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      widths[widest]--;
    }
  }

  private List<AttributedString> row(List<Cell> cells, int[] widths) {
    List<List<AttributedString>> wrapped = new ArrayList<>();
    int height = 1;
    for (int i = 0; i < widths.length; i++) {
      AttributedString text = i < cells.size() ? cells.get(i).text() : AttributedString.EMPTY;
      wrapped.add(RowWrap.wrap(text, widths[i]));
      height = Math.max(height, wrapped.get(i).size());
    }
    List<AttributedString> rows = new ArrayList<>();
    for (int y = 0; y < height; y++) {
      AttributedStringBuilder row = new AttributedStringBuilder();
      for (int i = 0; i < widths.length; i++) {
        AttributedString text =
            y < wrapped.get(i).size() ? wrapped.get(i).get(y) : AttributedString.EMPTY;
        if (i > 0) {
          row.styled(look.dim(), " " + look.bar() + " ");
        }
        int missing = Math.max(0, widths[i] - text.columnLength());
        row.append(
            RowWrap.padded(
                text, widths[i], before(i < cells.size() ? cells.get(i) : null, missing)));
      }
      rows.add(row.toAttributedString());
    }
    return rows;
  }

  private static int before(Cell cell, int missing) {
    if (cell == null || cell.alignment() == null || cell.alignment() == Alignment.LEFT) {
      return 0;
    }
    return cell.alignment() == Alignment.RIGHT ? missing : missing / 2;
  }

  private AttributedString line(int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      if (i > 0) {
        line.append(look.rule()).append(look.crossing()).append(look.rule());
      }
      line.append(look.rule().repeat(widths[i]));
    }
    return new AttributedString(line, look.dim());
  }

  private List<AttributedString> asList(List<List<Cell>> rows, int width) {
    List<AttributedString> all = new ArrayList<>();
    List<Cell> head = rows.get(0);
    for (List<Cell> row : rows.subList(1, rows.size())) {
      if (!all.isEmpty()) {
        all.add(AttributedString.EMPTY);
      }
      for (int i = 0; i < row.size(); i++) {
        AttributedStringBuilder text = new AttributedStringBuilder();
        if (i < head.size() && head.get(i).text().length() > 0) {
          text.append(head.get(i).text()).append(": ");
        }
        all.addAll(RowWrap.wrap(text.append(row.get(i).text()).toAttributedString(), width));
      }
    }
    return all.isEmpty()
        ? head.stream().flatMap(cell -> RowWrap.wrap(cell.text(), width).stream()).toList()
        : all;
  }
}
