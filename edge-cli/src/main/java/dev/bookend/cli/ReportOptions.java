package dev.bookend.cli;

import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ReportFiles;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say what becomes of a report. */
final class ReportOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write report.html, report.json and CSV there, and what it takes to go on after an"
              + " interruption.")
  private Path out;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  /** Where to write it, and what is found on the way to it. */
  Optional<Path> directory() {
    return Optional.ofNullable(out);
  }

  /** Where the figures of this command come from. */
  Provenance provenance(String model, String weights) {
    return provenance(spec, model, weights);
  }

  /** Where the figures of a command come from. */
  static Provenance provenance(CommandSpec spec, String model, String weights) {
    String typed = String.join(" ", spec.commandLine().getParseResult().originalArgs());
    return Provenance.here("bookend " + typed, Version.bookend(), model, weights);
  }

  /** Prints the report, and writes it where that is wanted. */
  void show(Report report) {
    System.out.println(json ? report.toJson() : report.toText());
    if (out != null) {
      ReportFiles.write(out, report);
      System.err.println("report in " + out.resolve("report.html"));
    }
  }
}
