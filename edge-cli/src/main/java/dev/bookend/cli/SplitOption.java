package dev.bookend.cli;

import dev.bookend.model.store.EdgeLayers;
import dev.bookend.split.Split;
import picocli.CommandLine.Option;

/** The flag that says where a model is cut. */
final class SplitOption {
  @Option(
      names = "--split",
      paramLabel = "K[:M]",
      defaultValue = "4:4",
      converter = Value.class,
      description =
          "The first K and the last M layers stay on this machine (default: ${DEFAULT-VALUE}).")
  private Split split;

  /** Reads a split. */
  static final class Value extends FlagValue<Split> {
    Value() {
      super(Split::parse);
    }
  }

  Split split() {
    return split;
  }

  EdgeLayers layers() {
    return new EdgeLayers(split.lower(), split.upper());
  }
}
