package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.evaluation.eval.EvalReport;
import dev.bookend.evaluation.eval.Evaluation;
import dev.bookend.evaluation.eval.Result;
import dev.bookend.evaluation.eval.Script;
import dev.bookend.evaluation.eval.Task;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ReportFiles;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.split.SplitOptions;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend eval}: a script of prompts, texts and continuations. */
@Command(
    name = "eval",
    description = {
      "Run a script: answers to prompts, perplexity of texts, likelihood of continuations.",
      "Each line of the script is {\"prompt\": \"...\"}, {\"text\": \"...\"}, or {\"context\":"
          + " \"...\", \"continuation\": \"...\"}. Prints a JSON object for each line on stdout, and"
          + " a summary on stderr. Exit code 1 if a task has no result."
    })
final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private DecodeOptions decoding;
  @Mixin private HistoryOptions history;

  @Parameters(paramLabel = "FILE", description = "The script, JSON lines; '-': from stdin.")
  private String file;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "2048",
      converter = PositiveNumber.class,
      description =
          "Most tokens of a text that the model sees at once; windows overlap by half (default:"
              + " ${DEFAULT-VALUE}, or the model's context length if that is less).")
  private int window;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Write report.html, report.json and CSV files to this directory, and results.jsonl as"
              + " results are made; a run that was interrupted continues from it.")
  private Path out;

  @Override
  public Integer call() {
    List<Task> tasks = Flag.usage(spec, this::read);
    decoding.check();
    PrintStream results = StandardStreams.answers();
    ResultLog<Result> log = Result.log(Optional.ofNullable(out));
    try (TextModel model = options.open();
        ProgressBar progress = new ProgressBar(count -> count + " tasks")) {
      history.apply(model);
      Optional<BatchInvariantSteps> steps = decoding.exactSteps(model);
      Evaluation.Settings settings =
          Flag.usage(
              spec,
              () ->
                  new Evaluation.Settings(
                      task -> decoding.open(model, task.id()),
                      () -> model.model().newSession(steps),
                      decoding.maxTokens(),
                      window,
                      key(model)));
      Evaluation evaluation = new Evaluation(model, settings, log, progress);
      List<Result> all = evaluation.run(tasks, result -> results.println(ResultLog.toJson(result)));
      progress.end();
      Report report =
          EvalReport.of(
              all,
              all.size() - evaluation.evaluated(),
              ReportOptions.provenance(
                  spec, options.modelName(), model.model().contract().fingerprint()));
      System.err.println(report.toText());
      if (out != null) {
        ReportFiles.write(out, report);
      }
      boolean complete = all.stream().map(Result::error).allMatch(Objects::isNull);
      return complete ? CommandLine.ExitCode.OK : Failures.FAILURE;
    }
  }

  /** Everything that a result may depend on besides the task, the weights and the split. */
  private String key(TextModel model) {
    SplitOptions split = model.model().options();
    return String.join(
        " ",
        decoding.key(model),
        Integer.toString(window),
        split.device().toString(),
        split.type().toString(),
        split.cloud().toString(),
        split.link().toString(),
        Boolean.toString(history.isKept()));
  }

  private List<Task> read() {
    if (!file.equals("-")) {
      return Script.read(Path.of(file));
    }
    return Script.parse("stdin", StandardInput.read());
  }
}
