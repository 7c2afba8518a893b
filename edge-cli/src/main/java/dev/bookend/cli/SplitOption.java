package dev.bookend.cli;

import dev.bookend.model.store.EdgeLayers;
import dev.bookend.split.Split;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The flag that says where a model is cut, of commands that do not run it. */
final class SplitOption {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--split",
      paramLabel = "K[:M]",
      defaultValue = "4:4",
      converter = SplitText.class,
      description =
          "The first K and the last M layers stay on this machine (default: ${DEFAULT-VALUE}).")
  private String split;

  Split split() {
    return Flag.usage(spec, () -> Flag.value("--split", split, Split::parse));
  }

  EdgeLayers layers() {
    return new EdgeLayers(split().lower(), split().upper());
  }
}
