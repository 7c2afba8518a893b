package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.JsonFields;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** Fetches a model from the hub into a directory. Continues what an earlier try has left there. */
final class Fetch {
  private static final int ATTEMPTS = 5;
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long MOST_PAUSE_MILLIS = 10_000;

  /** Longer than the hub's window for counting requests, which is five minutes. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  private static final long SOME_BYTES = 64 << 10;

  private final Hub hub;
  private final HubName name;
  private final Progress progress;

  Fetch(Hub hub, HubName name, Progress progress) {
    this.hub = hub;
    this.name = name;
    this.progress = progress;
  }

  /**
   * Fetches all files of the model.
   *
   * @param parent where a directory for the commit is made, so that commits do not mix
   * @return that directory, complete
   * @throws BookendException if that fails; then what is there stays for the next try
   */
  Path into(Path parent) {
    String commit = retrying(() -> hub.commit(name));
    List<HubFile> files = retrying(() -> hub.files(name, commit));
    List<String> chosen = ModelFiles.choose(name, files.stream().map(HubFile::path).toList());
    List<HubFile> wanted =
        files.stream()
            .filter(file -> chosen.contains(file.path()))
            .sorted(Comparator.comparing(Fetch::isWeights))
            .toList();
    Path directory = parent.resolve(commit);
    try {
      Files.createDirectories(directory);
      requireSpace(directory, wanted);
      boolean looked = false;
      for (HubFile file : wanted) {
        if (isWeights(file) && !looked) {
          requireSupported(directory);
          looked = true;
        }
        fetch(commit, file, directory);
      }
      return directory;
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + e.getMessage(), e);
    }
  }

  private static boolean isWeights(HubFile file) {
    return file.path().endsWith(".safetensors") || file.path().endsWith(".gguf");
  }

  /** What config.json does not let run is said before gigabytes have come. */
  private static void requireSupported(Path directory) {
    Path config = directory.resolve("config.json");
    if (Files.exists(config)) {
      JsonFields fields = JsonFields.read(config);
      if (fields.element("model_type").isPresent()) {
        new ConfigReader(fields, Set.of()).read();
      }
    }
  }

  private void requireSpace(Path directory, List<HubFile> files) throws IOException {
    long missing = 0;
    for (HubFile file : files) {
      Path whole = directory.resolve(file.path());
      Path part = part(whole);
      long here = Files.exists(whole) ? file.bytes() : Files.exists(part) ? Files.size(part) : 0;
      missing += Math.min(Math.max(0, file.bytes() - here), Long.MAX_VALUE - missing);
    }
    long free = Files.getFileStore(directory).getUsableSpace();
    if (missing > free) {
      throw new BookendException(
          ErrorCode.DISK_FULL,
          "%s needs %,d MB more in %s, where %,d MB are free"
              .formatted(name, missing >> 20, directory, free >> 20));
    }
  }

  private static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }

  private void fetch(String commit, HubFile file, Path directory) throws IOException {
    Path whole = directory.resolve(file.path());
    if (Files.exists(whole)) {
      return; // its checksum was compared before it got this name
    }
    Files.createDirectories(whole.getParent());
    Path part = part(whole);
    String sha256;
    try (Sink sink = new Sink(part, file.bytes())) {
      retrying(
          () -> {
            if (sink.size() < file.bytes() || file.bytes() == 0) {
              hub.download(name, commit, file, sink, () -> report(file, sink));
            }
            if (sink.size() < file.bytes()) {
              throw new IOException(file.path() + " ended early");
            }
            return null;
          },
          sink::size);
      report(file, sink);
      sha256 = sink.sha256();
    }
    if (!sha256.equals(file.sha256().orElse(sha256))) {
      Files.delete(part);
      throw new BookendException(
          ErrorCode.HUB_FAILED,
          file.path() + " of " + name + " came with the wrong checksum: try again");
    }
    Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  private void report(HubFile file, Sink sink) {
    progress.update(file.path(), sink.size(), file.bytes());
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T retrying(Step<T> step) {
    return retrying(step, () -> 0);
  }

  /**
   * Tries again after failures that may be temporary.
   *
   * @param here how many bytes have arrived; a try that adds many does not count as failed
   */
  private <T> T retrying(Step<T> step, LongSupplier here) {
    long pause = FIRST_PAUSE_MILLIS;
    long before = here.getAsLong();
    Duration waited = Duration.ZERO;
    for (int attempt = 1; ; attempt++) {
      try {
        return step.run();
      } catch (FileSystemException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot write " + e.getFile() + ": " + e.getReason(), e);
      } catch (IOException e) {
        if (e instanceof HubBusyException busy) {
          waited = waited.plus(busy.pause());
          if (waited.compareTo(LONGEST_WAIT) > 0) {
            throw new BookendException(
                ErrorCode.HUB_UNREACHABLE,
                "%s cannot be fetched: %s and asks to wait for %d s; what is here is kept: try again"
                        .formatted(name, e.getMessage(), busy.pause().toSeconds())
                    + " then",
                e);
          }
          if (busy.pause().toSeconds() > 0) {
            progress.update(
                "waiting %d s, as the hub asks".formatted(busy.pause().toSeconds()), 0, -1);
          }
          pause = Math.max(pause, busy.pause().toMillis());
        }
        if (here.getAsLong() - before >= SOME_BYTES) {
          before = here.getAsLong();
          attempt = 0;
          pause = FIRST_PAUSE_MILLIS;
        } else if (attempt == ATTEMPTS) {
          throw new BookendException(
              ErrorCode.HUB_UNREACHABLE,
              "%s cannot be fetched (%s); what is here is kept: try again"
                  .formatted(name, e.getMessage()),
              e);
        }
      }
      sleep(pause);
      pause = Math.min(pause, MOST_PAUSE_MILLIS) * 2;
    }
  }

  private void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BookendException(ErrorCode.CANCELLED, "fetching " + name + " was interrupted", e);
    }
  }
}
