package dev.bookend.model.store;

import dev.bookend.model.checkpoint.part.PartNote;
import dev.bookend.model.checkpoint.part.PartialModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A model on the hub of which what describes it is here, and the headers of its files.
 *
 * @param weights its files with tensors, in order
 * @param description its other files
 * @param headerBytes how many bytes of the files with tensors were fetched
 */
record RemoteModel(
    PartialModel model, List<HubFile> weights, List<HubFile> description, long headerBytes) {

  /** What is known of it. */
  ModelDescription describe(String name) {
    long describing = headerBytes + description.stream().mapToLong(HubFile::bytes).sum();
    return new ModelDescription(name, Optional.empty(), model.header(), model.parts(), describing);
  }

  /**
   * Fetches that.
   *
   * @param directory where it is kept; what is there already is not fetched again
   * @param needed which of the files that describe it are fetched
   */
  static RemoteModel fetch(
      Fetch fetch, Repository repository, Path directory, Predicate<HubFile> needed)
      throws IOException {
    List<HubFile> files = fetch.files(repository);
    List<HubFile> weights =
        files.stream().filter(file -> ModelFiles.isWeights(file.path())).toList();
    List<HubFile> description =
        files.stream().filter(file -> !ModelFiles.isWeights(file.path())).toList();
    Files.createDirectories(directory);
    List<Target> targets =
        description.stream()
            .filter(needed)
            .map(file -> Target.whole(file, directory.resolve(file.path())))
            .toList();
    new Download(repository, fetch.retries(), fetch.tally()).run(targets);
    Fetch.requireSupported(directory);
    long before = fetch.tally().done();
    new RemoteHeaders(repository, fetch.retries(), fetch.tally()).into(directory, weights);
    PartNote note = RemoteHeaders.note(repository, weights);
    long headerBytes = fetch.tally().done() - before;
    return new RemoteModel(PartialModel.begun(directory, note), weights, description, headerBytes);
  }
}
