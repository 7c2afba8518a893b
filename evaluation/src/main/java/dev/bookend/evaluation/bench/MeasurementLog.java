package dev.bookend.evaluation.bench;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finished measurements, one JSON object a line, so that an interrupted run goes on where it
 * stopped.
 */
public final class MeasurementLog {
  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
          .disableHtmlEscaping()
          .create();

  private final Optional<Path> file;
  private final Map<String, Measurement> finished = new LinkedHashMap<>();

  private MeasurementLog(Optional<Path> file) {
    this.file = file;
  }

  /** One that is forgotten at the end. */
  public static MeasurementLog inMemory() {
    return new MeasurementLog(Optional.empty());
  }

  /** {@code measurements.jsonl} in a directory, which is made where it is missing. */
  public static MeasurementLog in(Path directory) {
    Path file = directory.resolve("measurements.jsonl");
    MeasurementLog log = new MeasurementLog(Optional.of(file));
    try {
      Files.createDirectories(directory);
      if (Files.exists(file)) {
        String content = Files.readString(file);
        content.lines().forEach(log::load);
        if (!content.isEmpty() && !content.endsWith("\n")) {
          Files.writeString(file, "\n", StandardOpenOption.APPEND);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + file, e);
    }
    return log;
  }

  /** A line that was cut off when the run was, is measured again. */
  private void load(String line) {
    try {
      Measurement measurement = GSON.fromJson(line, Measurement.class);
      if (measurement != null && measurement.key() != null && measurement.tokens() != null) {
        finished.put(measurement.key(), measurement);
      }
    } catch (JsonParseException e) {
      // measured again
    }
  }

  Optional<Measurement> get(String key) {
    return Optional.ofNullable(finished.get(key));
  }

  void add(Measurement measurement) {
    finished.put(measurement.key(), measurement);
    if (file.isPresent()) {
      try {
        Files.writeString(
            file.get(),
            GSON.toJson(measurement) + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write " + file.get(), e);
      }
    }
  }
}
