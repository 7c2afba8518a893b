package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example repository for operators is what the exporter writes. */
class ExampleRepositoryIT {
  private static final Path EXAMPLE = Path.of("../model-repository/middle-4-26/config.pbtxt");

  @TempDir private Path repository;

  /** After an intended change, copy the new file to {@code model-repository/}. */
  @Test
  void isWhatTheExporterWrites() throws Exception {
    try (Checkpoint sample = SampleModel.open()) {
      ExportedModel model =
          MiddleExport.write(
              sample, 4, 26, ExportOptions.DEFAULT, repository, (what, done, total) -> {});
      assertEquals(
          Files.readString(model.directory().resolve("config.pbtxt")), Files.readString(EXAMPLE));
    }
  }
}
