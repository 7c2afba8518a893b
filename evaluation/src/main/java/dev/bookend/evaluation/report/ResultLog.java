package dev.bookend.evaluation.report;

import com.google.common.hash.Hashing;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finished results, one JSON object a line, so that an interrupted run goes on where it stopped.
 *
 * @param <T> a record
 */
public final class ResultLog<T> {
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .serializeSpecialFloatingPointValues()
          .create();

  private final Function<T, String> key;
  private final Optional<Path> file;
  private final Map<String, T> finished = new LinkedHashMap<>();

  private ResultLog(Function<T, String> key, Optional<Path> file) {
    this.key = key;
    this.file = file;
  }

  /**
   * One that is forgotten at the end.
   *
   * @param key of a result
   */
  public static <T> ResultLog<T> inMemory(Function<T, String> key) {
    return new ResultLog<>(key, Optional.empty());
  }

  /**
   * One in a file.
   *
   * @param file made where it is missing, with its directory
   * @param key of a result
   */
  public static <T> ResultLog<T> in(Path file, Class<T> type, Function<T, String> key) {
    ResultLog<T> log = new ResultLog<>(key, Optional.of(file));
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      if (Files.exists(file)) {
        String content = Files.readString(file);
        content.lines().forEach(line -> log.load(line, type));
        if (!content.isEmpty() && !content.endsWith("\n")) {
          Files.writeString(file, "\n", StandardOpenOption.APPEND);
        }
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read or write " + file + ": " + e.getMessage(), e);
    }
    return log;
  }

  /** A line that was cut off when the run was, is made again. */
  private void load(String line, Class<T> type) {
    try {
      T result = GSON.fromJson(line, type);
      if (result != null && key.apply(result) != null) {
        finished.put(key.apply(result), result);
      }
    } catch (JsonParseException e) {
      // made again
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

  /** The result of a key, if it was made before. */
  public Optional<T> get(String key) {
    return Optional.ofNullable(finished.get(key));
  }

  /** Keeps a result. */
  public void add(T result) {
    finished.put(key.apply(result), result);
    if (file.isPresent()) {
      try {
        Files.writeString(
            file.get(),
            toJson(result) + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot write " + file.get() + ": " + e.getMessage(), e);
      }
    }
  }

  /** A result as it is written: one line, names in snake case, without what is null. */
  public static String toJson(Object result) {
    return GSON.toJson(result);
  }
}
