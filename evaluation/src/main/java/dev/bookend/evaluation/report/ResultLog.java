package dev.bookend.evaluation.report;

import com.google.common.hash.Hashing;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finished results, one JSON object a line, in a file for its owner only, so that an interrupted
 * run continues where it stopped.
 *
 * @param <T> a record
 */
public final class ResultLog<T extends ResultLog.Entry> {
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .registerTypeAdapter(double.class, new FiniteNumbers())
          .registerTypeAdapter(Double.class, new FiniteNumbers())
          .registerTypeAdapter(DecodingMetrics.class, new MetricsAdapter())
          .registerTypeAdapterFactory(new InlineFactory())
          .create();

  private final Optional<Path> file;
  private final Map<String, T> finished = new LinkedHashMap<>();

  /** A result that can be found again. */
  public interface Entry {
    /** A {@linkplain ResultLog#key hash} of all that the result depends on. */
    String key();
  }

  private ResultLog(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Opens a log and reads the results of earlier runs.
   *
   * @param directory where the log's file is, created if it is missing; empty: the log is kept in
   *     memory only
   * @param name of the file
   */
  public static <T extends Entry> ResultLog<T> open(
      Optional<Path> directory, String name, Class<T> type) {
    ResultLog<T> log = new ResultLog<>(directory.map(parent -> parent.resolve(name)));
    log.file.ifPresent(file -> log.load(file, type));
    return log;
  }

  private void load(Path path, Class<T> type) {
    try {
      PrivateFiles.makeDirectory(path.toAbsolutePath().getParent());
      if (Files.exists(path)) {
        String content = Files.readString(path);
        content.lines().forEach(line -> load(line, type));
        if (!content.isEmpty() && !content.endsWith("\n")) {
          PrivateFiles.append(path, "\n");
        }
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read or write " + path + ": " + FileProblem.of(e), e);
    }
  }

  /** Ignores a line that was cut off when a run was interrupted: its result is made again. */
  private void load(String line, Class<T> type) {
    try {
      T result = GSON.fromJson(line, type);
      if (result != null && result.key() != null) {
        finished.put(result.key(), result);
      }
    } catch (JsonParseException | IllegalStateException e) {
      // Not a JSON object.
    }
  }

  /** A key for a result: a hash of all that it depends on. */
  public static String key(List<String> parts) {
    return hash(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
  }

  /** 32 hexadecimal digits of a SHA-256. */
  public static String hash(byte[] content) {
    return Hashing.sha256().hashBytes(content).toString().substring(0, 32);
  }

  /** The result with a key, if there is one. */
  public Optional<T> get(String key) {
    return Optional.ofNullable(finished.get(key));
  }

  /** Keeps a result. */
  public void add(T result) {
    finished.put(result.key(), result);
    if (file.isPresent()) {
      try {
        PrivateFiles.append(file.get(), toJson(result) + "\n");
      } catch (IOException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot write " + file.get() + ": " + FileProblem.of(e), e);
      }
    }
  }

  /** A result as it is written: one line, names in snake case, without what is null. */
  public static String toJson(Object result) {
    return GSON.toJson(result);
  }
}
