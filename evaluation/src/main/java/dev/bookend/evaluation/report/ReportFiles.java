package dev.bookend.evaluation.report;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;

/** A report as files: {@code report.json}, {@code report.html}, and a CSV file for each table. */
public final class ReportFiles {
  private ReportFiles() {}

  /**
   * Writes the files, which only their owner can read, replacing earlier ones.
   *
   * @param directory created if it is missing
   */
  public static void write(Path directory, Report report) {
    try {
      PrivateFiles.makeDirectory(directory);
      PrivateFiles.write(directory.resolve("report.json"), report.toJson() + "\n");
      PrivateFiles.write(directory.resolve("report.html"), report.toHtml());
      for (Table table : report.tables()) {
        PrivateFiles.write(directory.resolve(table.name() + ".csv"), CsvTable.of(table));
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED,
          "cannot write the report to " + directory + ": " + e.getMessage(),
          e);
    }
  }
}
