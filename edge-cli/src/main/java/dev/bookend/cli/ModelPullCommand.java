package dev.bookend.cli;

import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.ModelStore;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend model pull}. */
@Command(
    name = "pull",
    description = {
      "Fetch a model, so that later runs need no network.",
      "A fetch that broke off goes on where it stopped."
    })
final class ModelPullCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private SplitOption split;

  @Parameters(paramLabel = "NAME", description = "An alias or owner/name on the hub.")
  private String name;

  @Option(
      names = "--edge-only",
      fallbackValue = "true",
      description =
          "Fetch only what an edge needs at --split: the embedding, its layers, the norm and the LM"
              + " head. Layers that are here already are not fetched again.")
  private boolean edgeOnly;

  @Override
  public void run() {
    if (!edgeOnly && Flag.isTyped(spec, "--split")) {
      throw new ParameterException(
          spec.commandLine(), "--split: only --edge-only fetches some of the layers");
    }
    System.out.println(fetch());
  }

  private Path fetch() {
    ModelStore store = new ModelStore();
    EdgeLayers layers = split.layers();
    try (ProgressBar progress = new ProgressBar()) {
      return edgeOnly
          ? Flag.fits(spec, "--split", () -> store.resolveEdge(name, layers, progress))
          : store.resolveWhole(name, progress);
    }
  }
}
