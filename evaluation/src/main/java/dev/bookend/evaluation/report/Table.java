package dev.bookend.evaluation.report;

import java.util.Collections;
import java.util.List;

/**
 * Figures in rows.
 *
 * @param name short, in lower case, for file names and JSON: {@code drafters}
 * @param title what the table shows, for people
 * @param rows a cell for each column: a String, a Number, an {@link Estimate}, or null for none
 */
public record Table(String name, String title, List<Column> columns, List<List<Object>> rows) {
  /**
   * @throws IllegalArgumentException if the name is none for a file, or a row has not as many cells
   *     as there are columns
   */
  public Table {
    if (!name.matches("[a-z0-9-]+")) {
      throw new IllegalArgumentException("'" + name + "' is not a valid name for a table");
    }
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "a row of " + row.size() + " cells in table " + name + " of " + columns.size());
      }
    }
    columns = List.copyOf(columns);
    rows = rows.stream().map(Collections::unmodifiableList).toList();
  }

  /** Whether all cells of a column are figures, or missing. */
  boolean isNumeric(int column) {
    return rows.stream().noneMatch(row -> row.get(column) instanceof String);
  }

  /** Whether a column has figures with an interval. */
  boolean hasIntervals(int column) {
    return rows.stream().anyMatch(row -> row.get(column) instanceof Estimate);
  }
}
