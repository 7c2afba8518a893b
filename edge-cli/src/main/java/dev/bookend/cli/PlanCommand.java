package dev.bookend.cli;

import ai.djl.Device;
import com.google.gson.GsonBuilder;
import dev.bookend.error.VisibleText;
import dev.bookend.evaluation.plan.PlanOptions;
import dev.bookend.evaluation.plan.PlanReport;
import dev.bookend.evaluation.plan.SplitPlan;
import dev.bookend.evaluation.report.Report;
import dev.bookend.evaluation.report.ReportFiles;
import dev.bookend.export.Precision;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.runtime.LayerSpeed;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.ModelDescription;
import dev.bookend.model.store.ModelStore;
import dev.bookend.split.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend plan}: what a split needs and how fast it will be, before anything is fetched. */
@Command(
    name = "plan",
    description = {
      "Say what a split of a model needs on each side, and how fast it will be.",
      "Of a model on the hub only its configuration and the headers of its files are read. The"
          + " speed is an estimate: this machine's layers are measured for some seconds, the cloud"
          + " is assumed."
    })
final class PlanCommand implements Runnable {
  private static final int DEFAULT_CONTEXT = 4096;

  @Spec private CommandSpec spec;
  @Mixin private SplitOption split;

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME|DIR|FILE",
      defaultValue = "smollm2",
      description = "As --model takes it (default: ${DEFAULT-VALUE}).")
  private String name;

  /** Reads UP[,DOWN]; the round trip is said elsewhere. */
  private static final class Bandwidth extends FlagValue<LinkProfile> {
    Bandwidth() {
      super(Bandwidth::parse);
    }

    private static LinkProfile parse(String text) {
      String[] both = text.split(",", -1);
      if (both.length > 2) {
        throw new IllegalArgumentException("write UP or UP,DOWN, e.g. 20mbit,100mbit");
      }
      String down = both[both.length - 1];
      return LinkProfile.parse("rtt=0ms,up=" + both[0].strip() + ",down=" + down.strip());
    }
  }

  @Option(
      names = {"--weights", "--dtype"},
      paramLabel = "TYPE",
      defaultValue = "f32",
      description =
          "What the edge holds weights in: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private WeightType type;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      converter = PrecisionName.class,
      defaultValue = "fp16",
      description =
          "Type of the cloud's weights and KV cache, and of hidden states on the way, as 'export'"
              + " takes it: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). With int8 only the"
              + " weights are, and the rest is FP32.")
  private Precision precision;

  @Option(
      names = "--int8-weights",
      fallbackValue = "true",
      description = "The cloud stores matrices as INT8.")
  private boolean int8Weights;

  @Option(
      names = "--rtt",
      paramLabel = "TIME",
      defaultValue = "40ms",
      converter = LinkTime.class,
      description = "Round trip between edge and cloud (default: ${DEFAULT-VALUE}).")
  private Duration roundTrip;

  @Option(
      names = "--bandwidth",
      paramLabel = "UP[,DOWN]",
      defaultValue = "20mbit,100mbit",
      converter = Bandwidth.class,
      description = "Bandwidth to the cloud and back (default: ${DEFAULT-VALUE}).")
  private LinkProfile link;

  @Option(
      names = "--context",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Tokens of a session (default: 4096, or what the model was made for).")
  private Integer context;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      defaultValue = "1",
      converter = PositiveNumber.class,
      description = "Sessions in the cloud at a time (default: ${DEFAULT-VALUE}).")
  private Integer sessions;

  @Option(
      names = "--accepted",
      paramLabel = "N",
      defaultValue = "2.3",
      description =
          "Tokens that are accepted in a round trip with draft tokens (default: ${DEFAULT-VALUE},"
              + " as measured on the sample model).")
  private double accepted;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      defaultValue = "8",
      converter = PositiveNumber.class,
      description = "Draft tokens in a round trip (default: ${DEFAULT-VALUE}).")
  private Integer draftTokens;

  @Option(
      names = "--cloud-step",
      paramLabel = "TIME",
      converter = LinkTime.class,
      description =
          "Time of a step in the cloud, e.g. 12ms (default: what a GPU takes that reads weights at"
              + " 800 GB/s).")
  private Duration cloudStep;

  @Option(
      names = "--edge-memory",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description = "Memory that the edge has, e.g. 8GB: says which splits fit.")
  private Long edgeMemory;

  @Option(
      names = "--cloud-memory",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description = "Memory that the cloud has, e.g. 24GB.")
  private Long cloudMemory;

  @Option(
      names = "--no-speed",
      fallbackValue = "true",
      description = "Measure nothing, and say nothing of the speed.")
  private boolean noSpeed;

  @Option(names = "--json", fallbackValue = "true", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write report.html with charts, report.json and CSV files to this directory.")
  private Path out;

  @Override
  public void run() {
    Split where = split.split();
    Optional<Duration> step = Optional.ofNullable(cloudStep);
    if (!(accepted >= 1 && accepted <= 1 + draftTokens)) {
      throw new ParameterException(
          spec.commandLine(), "--accepted: a number from 1 to 1 + --draft-tokens");
    }
    if (out != null && Files.exists(out) && !Files.isDirectory(out)) {
      throw new ParameterException(
          spec.commandLine(), "--out: " + out + " is a file; name a directory");
    }
    ModelDescription model;
    try (ProgressBar progress = new ProgressBar()) {
      model = new ModelStore().describe(name, progress);
    }
    Flag.fits(spec, "--split", () -> where.requireFits(model.header().config()));
    int most = model.header().config().contextLength();
    if (context != null && context > most) {
      throw new ParameterException(
          spec.commandLine(), "--context: the model was made for " + most + " tokens");
    }
    PlanOptions options =
        new PlanOptions(
            type,
            precision == Precision.FP16 ? Short.BYTES : Float.BYTES,
            int8Weights || precision == Precision.INT8,
            link.withRoundTrip(roundTrip),
            context == null ? Math.min(most, DEFAULT_CONTEXT) : context,
            sessions,
            accepted,
            draftTokens,
            step,
            optional(edgeMemory),
            optional(cloudMemory));
    Optional<LayerSpeed> speed =
        noSpeed
            ? Optional.empty()
            : Optional.of(LayerSpeed.measure(model.header().config(), Device.cpu(), type));
    show(new SplitPlan(model, where, options, speed));
  }

  private static OptionalLong optional(Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private String unknownFit() {
    return edgeMemory != null || cloudMemory != null
        ? ""
        : "\nfits: – because no memory was given; give --edge-memory or --cloud-memory to see which fit.";
  }

  private void show(SplitPlan plan) {
    Report report =
        new PlanReport(plan)
            .report(ReportOptions.provenance(spec, name, "not read: a plan takes the headers"));
    System.out.println(
        VisibleText.of(
            json
                ? new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .serializeNulls()
                    .create()
                    .toJson(PlanJson.of(plan))
                : ReportOptions.text(report) + unknownFit()));
    if (out != null) {
      ReportFiles.write(out, report);
      System.err.println("report in " + out.resolve("report.html"));
    }
  }
}
