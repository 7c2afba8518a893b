package dev.bookend.evaluation.report;

import java.util.List;

/**
 * Figures in rows.
 *
 * @param name short, in lower case, for file names and JSON: {@code drafters}
 * @param title what the table shows, for people
 * @param rows a cell for each column: a String, a Number, an {@link Estimate}, or null for none
 */
public record Table(String name, String title, List<Column> columns, List<List<Object>> rows) {}
