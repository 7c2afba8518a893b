package dev.bookend.cli;

import ai.djl.Device;
import dev.bookend.edge.Split;
import dev.bookend.edge.SplitOptions;
import dev.bookend.edge.TextModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.store.ModelStore;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say which model runs where. */
final class ModelOptions {
  private static final Pattern GPU = Pattern.compile("gpu([0-9]{0,3})");

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME|DIR|FILE",
      defaultValue = "smollm2",
      description =
          "An alias, owner/name on the Hugging Face hub, a directory or a GGUF file (default:"
              + " ${DEFAULT-VALUE}).")
  private String model;

  @Mixin private CloudOptions cloud;

  @Option(
      names = "--split",
      paramLabel = "K[:M]",
      defaultValue = "4:4",
      description =
          "Layers kept at the edge, at the bottom and at the top (default: ${DEFAULT-VALUE}).")
  private String split;

  @Option(
      names = "--device",
      paramLabel = "cpu|gpu|gpuN",
      defaultValue = "cpu",
      description = "What the layers on this machine compute on (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description =
          "What they compute in: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). On a CPU"
              + " only f32 is exact.")
  private FloatType type;

  @Option(names = "--verbose", description = "Say more on stderr; show where failures come from.")
  private boolean verbose;

  boolean verbose() {
    return verbose;
  }

  String modelName() {
    return model;
  }

  /** Fetches the model if need be and opens it, with progress on stderr. */
  TextModel open() {
    SplitOptions options = usage(this::options);
    Path path;
    try (ProgressBar progress = new ProgressBar()) {
      path = new ModelStore().resolve(model, progress);
    }
    Checkpoint checkpoint = Checkpoint.open(path);
    usage(() -> Flag.value("--split", checkpoint.config(), options.split()::requireFits));
    if (!path.toString().equals(model)) {
      System.err.println(
          StandardStreams.dim(
              "note: these weights are public, so whoever runs the cloud half can recover your text"
                  + " if they look (docs/privacy.md)"));
    }
    return TextModel.open(checkpoint, options);
  }

  private SplitOptions options() {
    return cloud.apply(
        SplitOptions.DEFAULT
            .withSplit(Flag.value("--split", split, Split::parse))
            .withDevice(Flag.value("--device", device, ModelOptions::device), type));
  }

  /** DJL's own parser would start PyTorch, which takes longer than to find a mistyped flag. */
  private static Device device(String text) {
    Matcher gpu = GPU.matcher(text);
    if (gpu.matches()) {
      return Device.gpu(gpu.group(1).isEmpty() ? 0 : Integer.parseInt(gpu.group(1)));
    }
    if (text.equals("cpu")) {
      return Device.cpu();
    }
    throw new IllegalArgumentException("'" + text + "' is no device; write cpu, gpu or gpu1");
  }

  /** What is wrong with a flag's value is wrong usage. */
  private <R> R usage(Supplier<R> step) {
    try {
      return step.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
