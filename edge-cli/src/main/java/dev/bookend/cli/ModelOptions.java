package dev.bookend.cli;

import ai.djl.Device;
import dev.bookend.Bookend;
import dev.bookend.BookendOptions;
import dev.bookend.SessionLimits;
import dev.bookend.TextModel;
import dev.bookend.cli.chat.ModelChoice;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudListener;
import dev.bookend.split.Split;
import dev.bookend.split.SplitOptions;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flags that say which model runs where. */
final class ModelOptions {
  private static final Pattern GPU = Pattern.compile("gpu([0-9]{0,3})");

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Mixin private ModelSource source;
  @Mixin private CloudOptions cloud;

  @Option(
      names = "--device",
      paramLabel = "cpu|gpu|gpuN",
      converter = DeviceName.class,
      defaultValue = "cpu",
      description = "What the layers on this machine compute on (default: ${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = {"--weights", "--dtype"},
      paramLabel = "TYPE",
      defaultValue = "f32",
      description =
          "What the layers on this machine hold weights in and compute in:"
              + " ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). On a CPU only f32 gives the"
              + " model's own tokens; int8 takes a quarter of the memory.")
  private WeightType type;

  private static final class DeviceName extends FlagValue<String> {
    DeviceName() {
      super(checked(ModelOptions::device));
    }
  }

  private final CloudNotices notices = new CloudNotices();

  /** Says what happens on the way to the cloud. */
  CloudNotices notices() {
    return notices;
  }

  boolean verbose() {
    return source.verbose();
  }

  String modelName() {
    return source.modelName();
  }

  /** Fetches the model if need be and opens it, with progress on stderr. */
  TextModel open() {
    return open(UnaryOperator.identity());
  }

  private TextModel open(UnaryOperator<SplitOptions> change) {
    SplitOptions options = change.apply(splitOptions());
    return TextModel.open(source.open(spec, !options.cloud().isEmbedded()), options);
  }

  /**
   * As {@link #open()}, behind the front door.
   *
   * @param sessions how many sessions there may be at a time
   */
  Bookend open(DecodeOptions decoding, HistoryOptions history, int sessions) {
    return open(
        UnaryOperator.identity(),
        decoding::apply,
        history,
        new SessionLimits(sessions, SessionLimits.DEFAULT.idleTime()));
  }

  /**
   * As {@link #open()}, behind the front door.
   *
   * @param split changes what the flags say
   * @param decoding says how answers are decoded
   */
  Bookend open(
      UnaryOperator<SplitOptions> split,
      UnaryOperator<BookendOptions> decoding,
      HistoryOptions history,
      SessionLimits sessions) {
    TextModel model = open(split);
    history.apply(model);
    ProgressBar bar = new ProgressBar();
    BookendOptions options =
        BookendOptions.of(modelName())
            .withSessions(sessions)
            .withProgress(
                (what, done, total) -> {
                  bar.update(what, done, total);
                  if (done == total) {
                    bar.end();
                  }
                });
    return Bookend.of(model, decoding.apply(options));
  }

  /** What can be chosen anew while a shell runs. */
  ModelChoice choice() {
    return new ModelChoice(modelName(), source.split().toString(), cloud.cloud(), cloud.wan());
  }

  /** Opens a choice for one conversation, with progress on stderr. */
  Bookend open(
      DecodeOptions decoding, HistoryOptions history, ModelChoice choice, CloudListener listener) {
    SplitOptions split = splitOptions(choice, listener);
    return frontDoor(
        decoding,
        history,
        choice,
        TextModel.open(
            ModelSource.open(spec, choice.model(), split.split(), !split.cloud().isEmbedded()),
            split),
        new ProgressBar());
  }

  /** The same while a shell runs: nothing is written to stderr. */
  Bookend reopen(
      DecodeOptions decoding,
      HistoryOptions history,
      ModelChoice choice,
      CloudListener listener,
      Progress progress) {
    SplitOptions split = splitOptions(choice, listener);
    Path path =
        split.cloud().isEmbedded()
            ? ModelName.fetch(choice.model(), progress)
            : ModelName.fetchEdge(choice.model(), split.split(), progress);
    Checkpoint checkpoint = CheckpointOpening.open(path);
    return frontDoor(decoding, history, choice, TextModel.open(checkpoint, split), progress);
  }

  private static Bookend frontDoor(
      DecodeOptions decoding,
      HistoryOptions history,
      ModelChoice choice,
      TextModel model,
      Progress progress) {
    history.apply(model);
    return Bookend.of(
        model,
        decoding.apply(
            BookendOptions.of(choice.model())
                .withSessions(new SessionLimits(1, SessionLimits.DEFAULT.idleTime()))
                .withProgress(progress)));
  }

  private SplitOptions splitOptions(ModelChoice choice, CloudListener listener) {
    return Flag.usage(
        spec,
        () ->
            cloud.apply(
                base()
                    .withSplit(Flag.value("--split", choice.split(), Split::parse))
                    .withListener(listener),
                choice.cloud(),
                choice.link()));
  }

  /** What the flags say, before a model is loaded. */
  SplitOptions splitOptions() {
    return Flag.usage(spec, this::options);
  }

  private SplitOptions options() {
    return cloud.apply(base().withSplit(source.split()).withListener(notices));
  }

  private SplitOptions base() {
    return SplitOptions.DEFAULT.withDevice(
        Flag.value("--device", device, ModelOptions::device), type);
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
    throw new IllegalArgumentException("'" + text + "' is not a device; write cpu, gpu or gpu1");
  }
}
