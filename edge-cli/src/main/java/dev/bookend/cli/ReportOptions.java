package dev.bookend.cli;

import dev.bookend.cli.config.ConfiguredDefaults;
import dev.bookend.error.VisibleText;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ReportFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say where a report goes. */
final class ReportOptions {
  /** A header's name and '=', and then its value, unless that is the name of a file. */
  private static final Pattern SECRET =
      Pattern.compile("^((?:--header=)?+[^=]*=)(?!@).*$", Pattern.DOTALL);

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write report.html, report.json and CSV files to this directory, and results as they are"
              + " made; a run that was interrupted continues from them.")
  private Path out;

  @Option(names = "--json", fallbackValue = "true", description = "Print the report as JSON.")
  private boolean json;

  /** The directory for the report and for results as they are made; empty: none was given. */
  Optional<Path> directory() {
    if (out != null && Files.exists(out) && !Files.isDirectory(out)) {
      throw new ParameterException(
          spec.commandLine(), "--out: " + out + " is a file; name a directory");
    }
    return Optional.ofNullable(out);
  }

  /** Where the figures of this command come from. */
  Provenance provenance(String model, String weights) {
    return provenance(spec, model, weights);
  }

  /** Where the figures of a command come from. */
  static Provenance provenance(CommandSpec spec, String model, String weights) {
    return Provenance.here(
        "bookend " + typed(spec.commandLine().getParseResult().originalArgs()) + configured(spec),
        Version.bookend(),
        model,
        weights);
  }

  /** What a report depends on although it was not typed. */
  private static String configured(CommandSpec spec) {
    return spec.defaultValueProvider() instanceof ConfiguredDefaults configured
        ? configured.typed(spec).stream().map(flag -> " " + flag).collect(Collectors.joining())
        : "";
  }

  /** A command line without the values of headers, because reports are shown to others. */
  static String typed(List<String> arguments) {
    List<String> shown = new ArrayList<>();
    boolean isHeader = false;
    for (String argument : arguments) {
      isHeader |= argument.startsWith("--header=");
      shown.add(isHeader ? SECRET.matcher(argument).replaceFirst("$1…") : argument);
      isHeader = argument.equals("--header");
    }
    return String.join(" ", shown);
  }

  /** A report as wide as the terminal that stdout is, if it is one. */
  static String text(Report report) {
    OptionalInt columns =
        StandardStreams.outputIsTerminal() ? TerminalWidth.columns() : OptionalInt.empty();
    return columns.isPresent() ? report.toText(columns.getAsInt()) : report.toText();
  }

  /** Prints the report, and writes it to the directory if one was given. */
  void show(Report report) {
    System.out.println(VisibleText.of(json ? report.toJson() : text(report)));
    if (out != null) {
      ReportFiles.write(out, report);
      System.err.println("report in " + out.resolve("report.html"));
    }
  }
}
