package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.evaluation.bench.Bench;
import dev.bookend.evaluation.bench.BenchReport;
import dev.bookend.evaluation.bench.DecoderConfiguration;
import dev.bookend.evaluation.bench.Measurement;
import dev.bookend.evaluation.bench.Projection;
import dev.bookend.evaluation.bench.Prompt;
import dev.bookend.evaluation.bench.Scenario;
import dev.bookend.evaluation.bench.SystemUnderTest;
import dev.bookend.evaluation.report.Provenance;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend bench}: ways of decoding, measured side by side. */
@Command(
    name = "bench",
    description = {
      "Measure ways of decoding side by side: tokens per round trip, speed, where the time goes.",
      "Exit code 1 where one gives another answer than sequential decoding and no near tie explains"
          + " it."
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private PromptOptions prompts;
  @Mixin private ReportOptions reports;

  @Option(
      names = "--drafters",
      paramLabel = "NAME[,NAME]",
      defaultValue =
          "suffix,ngram,lookahead,retrieval,suffix+retrieval,standin,suffix+retrieval+standin",
      completionCandidates = DrafterNames.class,
      description =
          "What to compare with sequential decoding: drafters as --draft of 'generate' takes them,"
              + " with '+' where several guess together, and '/waits' behind them to send no guesses before"
              + " the answer to those before is there (default: ${DEFAULT-VALUE}).")
  private String drafters;

  @Option(names = "--ablation", description = "Measure the n-gram drafter with n = 3 to 7 as well.")
  private boolean ablation;

  @Option(
      names = "--guesses",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Send up to N guesses each time (default: as many as pay on this machine).")
  private Integer guesses;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "150",
      converter = PositiveNumber.class,
      description = "Most tokens to generate for each (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = "--rtt",
      paramLabel = "TIME[,TIME]",
      split = ",",
      hideParamSyntax = true,
      description =
          "Emulate links with these round trips, which take turns, e.g. 20ms,80ms; --wan gives"
              + " what else they are like.")
  private List<String> roundTrips = new ArrayList<>();

  @Option(
      names = "--splits",
      paramLabel = "K[:M][,K[:M]]",
      split = ",",
      hideParamSyntax = true,
      description = "Measure at these splits, one after the other, instead of --split.")
  private List<String> splits = new ArrayList<>();

  @Option(
      names = "--project",
      description =
          "Project the speed at each --rtt from the others, and say how far off that is; takes"
              + " three or more.")
  private boolean project;

  @Override
  public Integer call() {
    List<DecoderConfiguration> ways = Flag.usage(spec, this::ways);
    List<Prompt> texts = prompts.prompts();
    SplitOptions base = options.splitOptions();
    List<Scenario> conditions = Flag.usage(spec, () -> conditions(base));
    if (project && roundTrips.stream().distinct().count() < Projection.FEWEST_ROUND_TRIPS) {
      throw new ParameterException(
          spec.commandLine(), "--project: give three or more round trips with --rtt");
    }
    Path model = ModelName.fetch(options.modelName());
    String weights = check(model, conditions);
    ResultLog<Measurement> log =
        reports.directory().map(Measurement::log).orElseGet(Measurement::log);
    try (ProgressBar progress = new ProgressBar(count -> count + " answers")) {
      OptionalInt fixed = guesses == null ? OptionalInt.empty() : OptionalInt.of(guesses);
      String setting = base.device() + " " + base.type() + " " + base.cloud();
      Bench bench = new Bench(ways, texts, maxTokens, fixed, setting, log, progress);
      List<Measurement> all = bench.run(conditions, condition -> open(model, base, condition));
      progress.end();
      BenchReport findings = new BenchReport(all);
      System.err.println(bench.measured() + " answers measured");
      Provenance provenance = reports.provenance(options.modelName(), weights);
      reports.show(findings.report(provenance, bench.notes(), projection(all, conditions)));
      return findings.isIdentical() ? CommandLine.ExitCode.OK : Failures.FAILURE;
    }
  }

  private Optional<Projection> projection(List<Measurement> all, List<Scenario> conditions) {
    return project ? Optional.of(new Projection(all, conditions)) : Optional.empty();
  }

  private List<DecoderConfiguration> ways() {
    Stream<String> named = Stream.of(drafters.split(",", -1));
    Stream<String> ngrams = IntStream.rangeClosed(3, 7).mapToObj(n -> "ngram:" + n);
    return Stream.concat(named, ablation ? ngrams : Stream.empty())
        .map(name -> Flag.value("--drafters", name, DecoderConfiguration::new))
        .toList();
  }

  private List<Scenario> conditions(SplitOptions base) {
    List<Split> where = new ArrayList<>();
    splits.forEach(split -> where.add(Flag.value("--splits", split, Split::parse)));
    if (where.isEmpty()) {
      where.add(base.split());
    }
    List<Optional<LinkProfile>> links = new ArrayList<>();
    for (String time : roundTrips) {
      Duration rtt =
          Flag.value("--rtt", time, text -> LinkProfile.parse("rtt=" + text).roundTrip());
      LinkProfile like = base.link().orElse(LinkProfile.parse("rtt=0ms"));
      links.add(
          Optional.of(
              new LinkProfile(
                  rtt,
                  like.jitter(),
                  like.upBitsPerSecond(),
                  like.downBitsPerSecond(),
                  like.loss())));
    }
    if (links.isEmpty()) {
      links.add(base.link());
    }
    return where.stream()
        .flatMap(split -> links.stream().map(link -> new Scenario(split, link)))
        .distinct()
        .toList();
  }

  /** Finds out splits that do not fit before hours are spent on others; gives the weights' hash. */
  private String check(Path model, List<Scenario> conditions) {
    try (Checkpoint checkpoint = CheckpointFiles.open(model)) {
      for (Scenario condition : conditions) {
        Flag.fits(
            spec,
            splits.isEmpty() ? "--split" : "--splits",
            () -> condition.split().requireFits(checkpoint.config()));
      }
      return checkpoint.fingerprint();
    }
  }

  private static SystemUnderTest open(Path model, SplitOptions base, Scenario condition) {
    SplitOptions split = base.withSplit(condition.split());
    SplitOptions linked = condition.link().map(split::withLink).orElse(split);
    return SystemUnderTest.of(
        TextModel.open(CheckpointFiles.open(model), linked),
        name -> CheckpointFiles.open(ModelName.fetch(name)));
  }
}
