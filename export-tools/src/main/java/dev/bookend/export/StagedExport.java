package dev.bookend.export;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.store.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A middle in several stages, for servers whose single GPUs are too small for it: one model for
 * each stage, on a GPU of its own, and a Triton ensemble that hands a step through them. The edge
 * uses the ensemble like any other middle, and a step stays one round trip.
 */
public final class StagedExport {
  /**
   * Triton needs a directory for the version, and neither object stores nor git keep an empty one.
   */
  private static final String VERSION_README =
      "An ensemble has no weights of its own: this directory is its version. Keep it.\n";

  private StagedExport() {}

  /**
   * Exports layers [from,to) in stages of about the same number of layers. The ensemble is written
   * last, so that it is never in the repository without its stages.
   *
   * @param stages at least 2
   * @return the ensemble, with the tensors and bytes of its stages
   * @throws BookendException as {@link MiddleExport#write}, or of code {@link
   *     ErrorCode#EXPORT_DOES_NOT_FIT} if there are fewer layers than stages; then no stage is left
   *     in the repository
   * @throws IllegalArgumentException as {@link MiddleExport#write}
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
      throw new BookendException(
          ErrorCode.EXPORT_DOES_NOT_FIT,
          stages
              + " stages of "
              + (to - from)
              + " layers are not possible: there must be at least 2 stages, each with a layer");
    }
    String name = options.name().orElse("middle-" + from + "-" + to);
    Path target = repository.resolve(name);
    Contract middle = Contract.of(checkpoint, from, to);
    SortedMap<Integer, String> names = new TreeMap<>();
    List<MiddleExport> exports = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      int first = first(from, to, stages, stage);
      names.put(first, name + "-stage-" + (stage + 1));
      exports.add(
          MiddleExport.of(
              checkpoint,
              first,
              first(from, to, stages, stage + 1),
              middle.tappedLayer(),
              options.withName(names.get(first)),
              OptionalInt.of(stage)));
    }
    String config =
        new TritonConfig(checkpoint.config(), options)
            .writeEnsemble(
                name,
                from,
                to,
                names,
                MiddleExport.parameters(checkpoint, middle, middle.tappedLayer(), options));
    String probe = probe(name, checkpoint.config(), options);
    MiddleExport.requireAbsent(target);
    exports.forEach(stage -> MiddleExport.requireAbsent(stage.target(repository)));
    MiddleExport.requireRoom(repository, exports.stream().mapToLong(MiddleExport::bytes).sum());
    List<ExportedModel> written = new ArrayList<>();
    boolean whole = false;
    try {
      for (MiddleExport stage : exports) {
        written.add(stage.write(repository, progress));
      }
      writeEnsemble(target, config, probe);
      whole = true;
    } finally {
      if (!whole) {
        written.forEach(stage -> remove(stage.directory()));
      }
    }
    return new ExportedModel(
        name,
        target,
        from,
        to,
        written.stream().mapToInt(ExportedModel::tensors).sum(),
        written.stream().mapToLong(ExportedModel::bytes).sum()
            + bytes(config)
            + bytes(probe)
            + bytes(VERSION_README));
  }

  private static String probe(String name, ModelConfig model, ExportOptions options) {
    try {
      return ProbeScript.of(name, model, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a file of our own jar
    }
  }

  private static void writeEnsemble(Path target, String config, String probe) {
    Path partial = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      MiddleExport.delete(partial);
      try {
        Path version = Files.createDirectories(partial.resolve("1"));
        Files.writeString(version.resolve("README"), VERSION_README);
        Files.writeString(partial.resolve("config.pbtxt"), config);
        Files.writeString(partial.resolve(ProbeScript.FILE), probe);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        MiddleExport.delete(partial);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + target + ": " + e.getMessage(), e);
    }
  }

  /** Removes a stage after a failure. That failure is the one to report, not one in here. */
  private static void remove(Path directory) {
    try {
      MiddleExport.delete(directory);
    } catch (IOException e) {
      // The stage stays, and the next export reports that it is there.
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static int first(int from, int to, int stages, int stage) {
    return from + (int) ((long) (to - from) * stage / stages);
  }
}
