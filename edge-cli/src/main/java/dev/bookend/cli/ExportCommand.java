package dev.bookend.cli;

import com.google.gson.JsonObject;
import dev.bookend.export.Backend;
import dev.bookend.export.ExportOptions;
import dev.bookend.export.ExportedModel;
import dev.bookend.export.MiddleExport;
import dev.bookend.export.PerfInput;
import dev.bookend.export.Precision;
import dev.bookend.export.StagedExport;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bookend export}: the middle layers for a Triton server. */
@Command(
    name = "export",
    description = {
      "Write the middle layers of a model into a Triton model repository.",
      "Nothing else of the model is written: no embedding, no layer of the edge, no tokenizer."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelSource source;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The model repository; made if need be, and may hold other models.")
  private Path repository;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "onnxruntime",
      description =
          "What computes inside Triton: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Backend backend;

  @Option(
      names = {"--precision", "--weights", "--dtype"},
      paramLabel = "TYPE",
      converter = PrecisionName.class,
      defaultValue = "fp32",
      description =
          "Type of weights, KV cache and hidden states: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}). int8 has integer layers for CPUs, those of the embedded cloud"
              + " with --weights int8; cache and hidden states are FP32 then.")
  private Precision precision;

  @Option(
      names = "--int8-weights",
      fallbackValue = "true",
      description =
          "Store matrices as INT8, a scale for each row, and compute in the type of --precision. The"
              + " answers are then not quite those of the model.")
  private boolean int8Weights;

  @Option(
      names = "--max-tokens-per-step",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Most new tokens in one step (default: 256).")
  private Integer maxTokensPerStep;

  @Option(
      names = "--max-context",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Most positions of a session (default: what the model was made for).")
  private Integer maxContext;

  @Option(
      names = "--max-sessions",
      paramLabel = "N",
      converter = PositiveNumber.class,
      description = "Sessions that the server keeps at a time; one more waits (default: 16).")
  private Integer maxSessions;

  @Option(
      names = "--stages",
      paramLabel = "N",
      converter = PositiveNumber.class,
      defaultValue = "1",
      description =
          "Cut the middle into N models, each on a GPU of its own, and an ensemble of them"
              + " (default: ${DEFAULT-VALUE}).")
  private int stages;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The model's name on the server (default: middle-FROM-TO).")
  private String name;

  @Option(
      names = "--perf-input",
      paramLabel = "FILE",
      description = "Also write sessions that Triton's perf_analyzer can send, for --input-data.")
  private Path perfInput;

  @Option(
      names = "--json",
      fallbackValue = "true",
      description = "Print one JSON object with what was written.")
  private boolean json;

  @Override
  public Integer call() {
    ExportOptions options = Flag.usage(spec, this::options);
    long start = System.nanoTime();
    try (Checkpoint checkpoint = source.open(spec)) {
      Flag.fits(spec, "--max-context", () -> options.requireFits(checkpoint.config()));
      ExportedModel exported;
      try (ProgressBar progress = new ProgressBar()) {
        exported = write(checkpoint, options, progress);
      }
      if (perfInput != null) {
        PerfInput.write(perfInput, checkpoint.config(), options);
      }
      if (json) {
        System.out.println(toJson(exported, options));
      } else {
        System.out.println(exported.directory());
        summary(exported, System.nanoTime() - start);
      }
      return CommandLine.ExitCode.OK;
    }
  }

  private ExportedModel write(Checkpoint checkpoint, ExportOptions options, ProgressBar progress) {
    int from = source.split().lower();
    int to = checkpoint.config().layers() - source.split().upper();
    return stages == 1
        ? MiddleExport.write(checkpoint, from, to, options, repository, progress)
        : Flag.fits(
            spec,
            "--stages",
            () -> StagedExport.write(checkpoint, from, to, stages, options, repository, progress));
  }

  private ExportOptions options() {
    ExportOptions options =
        ExportOptions.DEFAULT
            .withBackend(backend)
            .withPrecision(precision)
            .withInt8Weights(int8Weights);
    if (maxTokensPerStep != null) {
      options = options.withMaxTokensPerStep(maxTokensPerStep);
    }
    if (maxContext != null) {
      options = options.withMaxContext(maxContext);
    }
    if (maxSessions != null) {
      options = options.withMaxSessions(maxSessions);
    }
    return name == null ? options : Flag.value("--name", name, options::withName);
  }

  private void summary(ExportedModel exported, long nanos) {
    StandardStreams.remark(
        String.format(
            Locale.ROOT,
            "layers [%d,%d): %d tensors, %.1f MB in %.1f s; serve them with tritonserver"
                + " --model-repository=%s",
            exported.from(),
            exported.to(),
            exported.tensors(),
            exported.bytes() / 1e6,
            nanos / 1e9,
            repository));
    if (stages > 1 && backend != Backend.PYTHON) {
      StandardStreams.remark(
          "note: below ensembles, Triton before 2.46 (container 24.05) has mixed up the implicit"
              + " state of sessions; 'bookend doctor' says what is known of a server's version");
    }
  }

  private JsonObject toJson(ExportedModel exported, ExportOptions options) {
    JsonObject object = new JsonObject();
    object.addProperty("name", exported.name());
    object.addProperty("directory", exported.directory().toString());
    object.addProperty("from", exported.from());
    object.addProperty("to", exported.to());
    object.addProperty("tensors", exported.tensors());
    object.addProperty("bytes", exported.bytes());
    object.addProperty("backend", options.backend().toString());
    object.addProperty("precision", options.precision().toString());
    object.addProperty("int8_weights", options.int8Weights());
    object.addProperty("model", source.modelName());
    object.addProperty("split", source.split().toString());
    return object;
  }
}
