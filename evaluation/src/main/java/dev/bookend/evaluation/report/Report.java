package dev.bookend.evaluation.report;

import java.util.List;

/**
 * What a measurement found, ready to be printed, written as JSON, CSV or HTML.
 *
 * @param name short, in lower case, for file names and JSON: {@code bench}
 * @param title for people
 * @param summary the result in one or two sentences
 * @param notes what a reader must know to read the figures right
 */
public record Report(
    String name,
    String title,
    String summary,
    Provenance provenance,
    List<Table> tables,
    List<Chart> charts,
    List<String> notes) {}
