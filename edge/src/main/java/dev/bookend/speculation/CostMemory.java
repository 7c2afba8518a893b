package dev.bookend.speculation;

import com.google.common.hash.Hashing;
import com.google.gson.Gson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Hands what one session has learned of round trips and drafters on to the next, so that it need
 * not be learned anew; with a file, also from process to process. The file holds numbers alone, no
 * text and no tokens. Safe for use by several threads and processes.
 */
public final class CostMemory {
  private static final Gson GSON = new Gson();
  private static final int MOST_CHARACTERS = 100_000;

  /** A busy server need not write after each answer. */
  private static final long SAVED_EVERY = TimeUnit.SECONDS.toNanos(10);

  private final Optional<Path> file;
  private Optional<LearnedCosts> latest;
  private boolean isSaved = true;
  private long lastSaved = System.nanoTime();

  private CostMemory(Optional<Path> file) {
    this.file = file;
    this.latest = file.flatMap(CostMemory::read);
  }

  /** For the sessions of this process alone. */
  public static CostMemory ofThisProcess() {
    return new CostMemory(Optional.empty());
  }

  /**
   * With a file that need not exist. What cannot be read or written is not remembered.
   *
   * @param directory of such files
   * @param situation all that costs depend on: model, split, cloud, link
   */
  public static CostMemory in(Path directory, String situation) {
    String name = Hashing.sha256().hashString(situation, StandardCharsets.UTF_8).toString();
    return new CostMemory(Optional.of(directory.resolve(name.substring(0, 32) + ".json")));
  }

  private static Optional<LearnedCosts> read(Path file) {
    try {
      String text = Files.size(file) > MOST_CHARACTERS ? "" : Files.readString(file);
      return Optional.ofNullable(GSON.fromJson(text, LearnedCosts.class));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // What makes no sense is learned anew, and the file written over.
    }
  }

  synchronized Optional<LearnedCosts> get() {
    return latest;
  }

  void put(LearnedCosts costs) {
    boolean isDue;
    synchronized (this) {
      latest = Optional.of(costs);
      isSaved = false;
      isDue = System.nanoTime() - lastSaved >= SAVED_EVERY;
    }
    if (isDue) {
      save();
    }
  }

  /**
   * Writes the file, if there is one and it lacks something. Otherwise that is done now and then.
   */
  public void save() {
    Optional<LearnedCosts> unsaved;
    synchronized (this) {
      unsaved = isSaved ? Optional.empty() : latest;
      isSaved = true;
      lastSaved = System.nanoTime();
    }
    if (file.isPresent() && unsaved.isPresent()) {
      write(file.get(), GSON.toJson(unsaved.get()));
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "costs", ".part"); // 0600
      try {
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      // A full disk or a home that cannot be written to is no reason to fail an answer.
    }
  }
}
