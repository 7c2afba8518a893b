package dev.bookend.export;

import dev.bookend.model.ModelException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.store.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A middle in several stages, for servers whose single GPUs are too small for it: one model for
 * each stage, on a GPU of its own, and a Triton ensemble that hands a step through them. To the
 * edge the ensemble is a middle like any other, and a step stays one round trip.
 */
public final class StagedExport {
  private StagedExport() {}

  /**
   * Exports layers [from,to) in stages of about the same number of layers. The ensemble comes last,
   * so that what can be found in the repository is whole.
   *
   * @param stages at least 2
   * @return the ensemble, with the tensors and bytes of its stages
   * @throws ModelException as {@link MiddleExport#write}; the stages that are written already stay
   * @throws IllegalArgumentException as there, or if there are fewer layers than stages
   */
  public static ExportedModel write(
      Checkpoint checkpoint,
      int from,
      int to,
      int stages,
      ExportOptions options,
      Path repository,
      Progress progress) {
    if (stages < 2 || stages > to - from) {
      throw new IllegalArgumentException(
          stages + " stages of " + (to - from) + " layers; there are 2 or more, each with a layer");
    }
    String name = options.name().orElse("middle-" + from + "-" + to);
    Path target = repository.resolve(name);
    if (Files.exists(target)) {
      throw new ModelException(
          target + " is there already; remove it, or export to another directory or name");
    }
    List<String> names = new ArrayList<>();
    int tensors = 0;
    long bytes = 0;
    for (int stage = 0; stage < stages; stage++) {
      names.add(name + "-stage-" + (stage + 1));
      ExportedModel written =
          MiddleExport.write(
              checkpoint,
              first(from, to, stages, stage),
              first(from, to, stages, stage + 1),
              options.withName(names.get(stage)),
              OptionalInt.of(stage),
              repository,
              progress);
      tensors += written.tensors();
      bytes += written.bytes();
    }
    String config =
        new TritonConfig(checkpoint.config(), options)
            .writeEnsemble(
                name,
                from,
                to,
                names,
                MiddleExport.parameters(checkpoint, Contract.of(checkpoint, from, to), options));
    Path partial = repository.resolve("." + name + ".part");
    try {
      Files.createDirectories(partial.resolve("1")); // Triton wants a version, if an empty one
      Files.writeString(partial.resolve("config.pbtxt"), config);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new ModelException("cannot write " + target + ": " + e.getMessage(), e);
    }
    return new ExportedModel(name, target, from, to, tensors, bytes + config.length());
  }

  private static int first(int from, int to, int stages, int stage) {
    return from + (int) ((long) (to - from) * stage / stages);
  }
}
