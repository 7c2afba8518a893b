package dev.bookend.cli;

import dev.bookend.evaluation.bench.Bench;
import dev.bookend.evaluation.bench.BenchPrompt;
import dev.bookend.evaluation.bench.BenchReport;
import dev.bookend.evaluation.bench.DecoderConfiguration;
import dev.bookend.evaluation.bench.Measurement;
import dev.bookend.evaluation.bench.Projection;
import dev.bookend.evaluation.bench.Scenario;
import dev.bookend.evaluation.bench.SystemUnderTest;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend bench}: decoder configurations, measured side by side. */
@Command(
    name = "bench",
    description = {
      "Measure decoder configurations side by side: tokens per round trip, speed, and where the time"
          + " goes.",
      "Exit code 1 if one gives another answer than sequential decoding and no near tie explains it."
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin
  private ComparisonOptions options =
      new ComparisonOptions(
          "suffix,ngram,lookahead,retrieval,recycling,suffix+retrieval+recycling,standin,"
              + "suffix+retrieval+recycling+standin",
          "auto",
          150);

  @Option(
      names = "--ablation",
      fallbackValue = "true",
      description = "Measure the n-gram drafter with n = 3 to 7 as well.")
  private boolean ablation;

  @Option(
      names = "--rtt",
      paramLabel = "TIME[,TIME]",
      split = ",",
      hideParamSyntax = true,
      converter = LinkTime.class,
      description =
          "Emulate links with these round trips in turn, e.g. 20ms,80ms; --wan gives their other"
              + " properties.")
  private List<Duration> roundTrips = new ArrayList<>();

  @Option(
      names = "--splits",
      paramLabel = "K[:M][,K[:M]]",
      split = ",",
      hideParamSyntax = true,
      converter = SplitOption.Value.class,
      description = "Measure at these splits, one after the other, instead of --split.")
  private List<Split> splits = new ArrayList<>();

  @Option(
      names = "--project",
      fallbackValue = "true",
      description =
          "Project the speed at each --rtt from the others, and report the error; needs at least"
              + " three.")
  private boolean project;

  @Override
  public Integer call() {
    IntStream ngrams = ablation ? IntStream.rangeClosed(3, 7) : IntStream.empty();
    List<DecoderConfiguration> configurations =
        options.configurations(ngrams.mapToObj(n -> "ngram:" + n));
    List<BenchPrompt> prompts = options.prompts();
    SplitOptions base = options.splitOptions();
    List<Scenario> scenarios = scenarios(base);
    if (project && roundTrips.stream().distinct().count() < Projection.FEWEST_ROUND_TRIPS) {
      throw new ParameterException(
          spec.commandLine(), "--project: give three or more round trips with --rtt");
    }
    Path model = options.fetch();
    String weights = check(model, scenarios);
    ResultLog<Measurement> log = Measurement.log(options.directory());
    try (ProgressBar progress = new ProgressBar(count -> count + " answers")) {
      String setting = base.device() + " " + base.type() + " " + base.cloud();
      Bench bench =
          new Bench(
              configurations,
              prompts,
              options.maxTokens(),
              options.draftTokens(),
              setting,
              log,
              progress);
      List<Measurement> all = bench.run(scenarios, scenario -> open(model, base, scenario));
      progress.end();
      System.err.println(bench.measured() + " answers measured");
      BenchReport report = new BenchReport(all);
      Optional<Projection> projection =
          project ? Optional.of(new Projection(all, scenarios)) : Optional.empty();
      return options.show(
          report.report(options.provenance(weights), bench.notes(), projection),
          report.isIdentical());
    }
  }

  private List<Scenario> scenarios(SplitOptions base) {
    List<Split> where = splits.isEmpty() ? List.of(base.split()) : splits;
    LinkProfile like = base.link().orElse(LinkProfile.NONE);
    List<Optional<LinkProfile>> links =
        roundTrips.isEmpty()
            ? List.of(base.link())
            : roundTrips.stream().map(time -> Optional.of(like.withRoundTrip(time))).toList();
    return where.stream()
        .flatMap(split -> links.stream().map(link -> new Scenario(split, link)))
        .distinct()
        .toList();
  }

  /**
   * Refuses splits that do not fit the model before hours are spent on others.
   *
   * @return the hash of the weights
   */
  private String check(Path model, List<Scenario> scenarios) {
    try (Checkpoint checkpoint = CheckpointOpening.open(model)) {
      for (Scenario scenario : scenarios) {
        Flag.fits(
            spec,
            splits.isEmpty() ? "--split" : "--splits",
            () -> scenario.split().requireFits(checkpoint.config()));
      }
      return checkpoint.fingerprint();
    }
  }

  private static SystemUnderTest open(Path model, SplitOptions base, Scenario scenario) {
    SplitOptions split = base.withSplit(scenario.split());
    return ComparisonOptions.open(model, scenario.link().map(split::withLink).orElse(split));
  }
}
