package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.diagnosis.CheckResult;
import dev.bookend.diagnosis.Diagnosis;
import dev.bookend.diagnosis.Probe;
import dev.bookend.diagnosis.ProbeResult;
import dev.bookend.diagnosis.Severity;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudServer;
import dev.bookend.split.SessionMemory;
import dev.bookend.split.SplitOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bookend doctor}: is this server what a session needs? */
@Command(
    name = "doctor",
    description = {
      "Look at a server: can it be reached, which middles does it serve, how are they set up, how"
          + " long do they take.",
      "With --model or --split also: does one of them fit. No text of yours is sent.",
      "With --probe, as a liveness probe: do its middles compute a step just now; one line for each."
    })
final class DoctorCommand implements Callable<Integer> {
  /** Long enough for a cold GPU, short enough to wait for where all sessions are taken. */
  private static final int INDENT = 11; // of what follows a verdict

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The library's own hints are the better ones where no flag helps. */
  private static final Set<ErrorCode> HINTED_WITH_FLAGS =
      EnumSet.of(ErrorCode.CLOUD_REFUSED, ErrorCode.CLOUD_DISAGREES);

  @Spec private CommandSpec spec;
  @Mixin private ModelSource source;
  @Mixin private CloudOptions cloud;

  @Option(
      names = "--json",
      fallbackValue = "true",
      description = "Print one JSON object with what was found.")
  private boolean json;

  @Option(
      names = "--probe",
      fallbackValue = "true",
      description =
          "Only let each middle compute one step, on all servers at the same time, and give up after"
              + " 10 s or --cloud-timeout. Exit code 6: a server lives, but has no place for a"
              + " session free.")
  private boolean probe;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      defaultValue = "8002",
      converter = PortNumber.class,
      description =
          "The servers' port of metrics (default: ${DEFAULT-VALUE}). They tell whether a step without"
              + " an answer waits for a place; where they cannot be read, it is guessed.")
  private int metricsPort;

  @Override
  public Integer call() {
    SplitOptions options = Flag.usage(spec, this::options);
    Optional<Wanted> wanted = wanted();
    Optional<Contract> contract = wanted.map(Wanted::contract);
    if (probe) {
      return probe(options, contract);
    }
    List<Diagnosis> diagnoses = new ArrayList<>();
    for (CloudServer server : options.cloud().servers()) {
      Diagnosis diagnosis =
          Diagnosis.of(
              server,
              options.connection().withDeadline(PATIENCE),
              contract,
              wanted.map(Wanted::memory),
              metricsPort);
      if (!json) {
        print(diagnosis);
      }
      diagnoses.add(diagnosis);
    }
    if (json) {
      print(toJson(diagnoses));
    }
    return diagnoses.stream()
        .flatMap(diagnosis -> diagnosis.failure().stream())
        .map(Failures::exitCode)
        .findFirst()
        .orElse(CommandLine.ExitCode.OK);
  }

  private int probe(SplitOptions options, Optional<Contract> contract) {
    Probe.Limits limits =
        new Probe.Limits(cloud.timeout().orElse(Probe.Limits.DEFAULT.total()), metricsPort);
    List<ProbeResult> results =
        Probe.all(options.cloud().servers(), options.connection(), contract, limits);
    if (json) {
      print(ProbeReport.json(results));
    } else {
      results.forEach(result -> HangingText.print(ProbeReport.line(result), INDENT - 2));
    }
    return ProbeReport.exitCode(results);
  }

  private static void print(JsonObject object) {
    System.out.println(
        VisibleText.of(
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(object)));
  }

  private SplitOptions options() {
    SplitOptions options = cloud.applyWithoutActivations(SplitOptions.DEFAULT);
    if (options.cloud().isEmbedded()) {
      throw new IllegalArgumentException(
          "--cloud: give the address of the server to look at, e.g. grpcs://HOST:8001 or ssh://HOST");
    }
    if (Flag.isTyped(spec, "--wan")) {
      throw new IllegalArgumentException("--wan: it is the real link that is looked at");
    }
    return options;
  }

  /** What a middle must fit, and what a session takes. */
  private record Wanted(Contract contract, SessionMemory memory) {}

  private Optional<Wanted> wanted() {
    if (!Flag.isGiven(spec, "--model") && !Flag.isTyped(spec, "--split")) {
      return Optional.empty();
    }
    try (Checkpoint checkpoint = source.open(spec, true)) {
      return Optional.of(
          new Wanted(
              source.split().contract(checkpoint),
              new SessionMemory(checkpoint.config(), source.split())));
    }
  }

  private static void print(Diagnosis diagnosis) {
    HangingText.print(diagnosis.server().toString(), 2);
    for (CheckResult result : diagnosis.checks()) {
      HangingText.print(
          String.format(
              Locale.ROOT, "  %-8s %s: %s", name(result), result.check(), result.detail()),
          INDENT);
      String hint = hint(diagnosis, result);
      if (!hint.isEmpty()) {
        HangingText.print(" ".repeat(INDENT) + hint, INDENT);
      }
    }
  }

  private static JsonObject toJson(List<Diagnosis> diagnoses) {
    JsonArray clouds = new JsonArray();
    for (Diagnosis diagnosis : diagnoses) {
      JsonArray checks = new JsonArray();
      for (CheckResult result : diagnosis.checks()) {
        JsonObject object = new JsonObject();
        object.addProperty("check", result.check());
        object.addProperty("verdict", name(result));
        object.addProperty("detail", result.detail());
        String hint = hint(diagnosis, result);
        if (!hint.isEmpty()) {
          object.addProperty("hint", hint);
        }
        object.add("values", new GsonBuilder().create().toJsonTree(result.values()));
        checks.add(object);
      }
      JsonObject object = new JsonObject();
      object.addProperty("cloud", diagnosis.server().toString());
      object.addProperty("usable", diagnosis.failure().isEmpty());
      object.add("checks", checks);
      clouds.add(object);
    }
    JsonObject all = new JsonObject();
    all.add("clouds", clouds);
    return all;
  }

  /** What to do about a result; with this program's flags and commands where they are needed. */
  private static String hint(Diagnosis diagnosis, CheckResult result) {
    if (result.severity() != Severity.FAILURE) {
      return result.hint();
    }
    return diagnosis
        .failure()
        .map(CloudException::code)
        .filter(HINTED_WITH_FLAGS::contains)
        .map(Failures::hint)
        .orElse(result.hint());
  }

  private static String name(CheckResult result) {
    return result.severity().name().toLowerCase(Locale.ROOT);
  }
}
