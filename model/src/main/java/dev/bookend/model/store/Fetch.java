package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.part.PartialModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Fetches a model from the hub into a directory. Continues what an earlier try has left there. */
final class Fetch {
  /** Less is fetched as soon as its headers are. */
  private static final long LARGE = 64 << 20;

  private final Hub hub;
  private final HubName name;
  private final Tally tally;
  private final Retries retries;

  Fetch(Hub hub, HubName name, Progress progress) {
    this.hub = hub;
    this.name = name;
    this.tally = new Tally(name.toString(), progress);
    this.retries = new Retries(name, tally);
  }

  /**
   * Fetches all files of the model.
   *
   * @param parent where a directory for the commit is made, so that commits do not mix
   * @return that directory, complete
   * @throws BookendException if that fails; then what is there stays for the next try
   */
  Path into(Path parent) {
    return into(parent, ModelFiles::choose, true);
  }

  /** As {@link #into}, of a draft head. */
  Path headInto(Path parent) {
    return into(parent, HeadFiles::choose, false);
  }

  /** Which of a repository's files to fetch. */
  private interface Choice {
    List<String> of(HubName name, List<String> paths);
  }

  private Path into(Path parent, Choice choice, boolean isModel) {
    try {
      Repository repository = new Repository(hub, name, commit());
      List<HubFile> wanted = files(repository, choice);
      Path directory = parent.resolve(repository.commit());
      Files.createDirectories(directory);
      List<Target> description = new ArrayList<>();
      List<Target> weights = new ArrayList<>();
      for (HubFile file : wanted) {
        Target target = Target.whole(file, directory.resolve(file.path()));
        (ModelFiles.isWeights(file.path()) ? weights : description).add(target);
      }
      List<Target> all = new ArrayList<>(description);
      all.addAll(weights);
      requireSpace(name, directory, all);
      tally.expect(all.stream().mapToLong(Target::fetched).sum());
      Download download = new Download(repository, retries, tally);
      download.run(description);
      if (isModel) {
        requireSupported(directory);
        requireRunnable(repository, directory, wanted);
      }
      download.run(weights);
      return directory;
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + parent + ": " + FileProblem.of(e), e);
    }
  }

  /** The commit that the name's revision stands for at present. */
  String commit() throws IOException {
    return retries.run(() -> hub.commit(name));
  }

  /** The files that make the model. */
  List<HubFile> files(Repository repository) throws IOException {
    return files(repository, ModelFiles::choose);
  }

  private List<HubFile> files(Repository repository, Choice choice) throws IOException {
    List<HubFile> files = retries.run(repository::files);
    List<String> chosen = choice.of(name, files.stream().map(HubFile::path).toList());
    return files.stream().filter(file -> chosen.contains(file.path())).toList();
  }

  Tally tally() {
    return tally;
  }

  Retries retries() {
    return retries;
  }

  /** What config.json does not let run is said before gigabytes have come. */
  static void requireSupported(Path directory) {
    Path config = directory.resolve("config.json");
    if (Files.exists(config)) {
      JsonFields fields = JsonFields.read(config);
      if (fields.element("model_type").isPresent()) {
        new ConfigReader(fields, Set.of()).read();
      }
    }
  }

  /** What the headers do not let run likewise: types, names and shapes of tensors. */
  private void requireRunnable(Repository repository, Path directory, List<HubFile> wanted)
      throws IOException {
    List<HubFile> weights =
        wanted.stream().filter(file -> ModelFiles.isWeights(file.path())).toList();
    if (weights.stream().mapToLong(HubFile::bytes).sum() < LARGE) {
      return;
    }
    Tally untold = new Tally(name.toString(), (what, done, total) -> {});
    RemoteHeaders headers = new RemoteHeaders(repository, new Retries(name, untold), untold);
    try {
      headers.into(directory, weights);
      PartialModel.begun(directory, RemoteHeaders.note(repository, weights));
    } catch (RangesIgnoredException e) {
      // Found out when the model is opened.
    } finally {
      for (HubFile file : weights) {
        Files.deleteIfExists(directory.resolve(RemoteHeaders.source(file).headerName()));
      }
    }
  }

  static void requireSpace(HubName name, Path directory, List<Target> targets) throws IOException {
    long missing = Download.missing(targets);
    long free = Files.getFileStore(directory).getUsableSpace();
    if (missing > free) {
      throw new BookendException(
          ErrorCode.DISK_FULL,
          "%s needs %,d MB more in %s, where %,d MB are free"
              .formatted(name, missing >> 20, directory, free >> 20));
    }
  }
}
