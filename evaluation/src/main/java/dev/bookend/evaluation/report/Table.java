package dev.bookend.evaluation.report;

import java.util.Collections;
import java.util.List;

/**
 * A table of figures.
 *
 * @param name short, in lower case, for file names and JSON: {@code drafters}
 * @param title what the table shows, for people
 * @param rows a cell for each column: a String, a Number, an {@link Estimate}, or null if there is
 *     no figure
 */
public record Table(String name, String title, List<Column> columns, List<List<Object>> rows) {
  /**
   * @throws IllegalArgumentException if the name is not suitable for a file, or a row does not have
   *     a cell for each column
   */
  public Table {
    if (!name.matches("[a-z0-9-]+")) {
      throw new IllegalArgumentException("'" + name + "' is not a valid name for a table");
    }
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "table " + name + " has " + columns.size() + " columns and a row of " + row.size());
      }
    }
    columns = List.copyOf(columns);
    rows = rows.stream().map(Collections::unmodifiableList).toList();
  }

  /** Whether all cells of a column are figures or missing. */
  boolean isNumeric(int column) {
    return rows.stream().noneMatch(row -> row.get(column) instanceof String);
  }

  /** Whether any figure in a column has an interval. */
  boolean hasIntervals(int column) {
    return rows.stream().anyMatch(row -> row.get(column) instanceof Estimate);
  }
}
