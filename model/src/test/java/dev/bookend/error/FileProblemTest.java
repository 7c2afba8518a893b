package dev.bookend.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message says why, not only which file. */
class FileProblemTest {
  @TempDir Path directory;

  @Test
  void whatJavaSaysWithThePathAloneHasAReason() throws IOException {
    Path none = directory.resolve("none/file");
    Path there = Files.createFile(directory.resolve("there"));
    assertEquals(
        "there is no such file or directory",
        FileProblem.of(assertThrows(IOException.class, () -> Files.createFile(none))));
    assertEquals(
        "there is a file of that name already",
        FileProblem.of(assertThrows(IOException.class, () -> Files.createFile(there))));
    assertEquals(
        "Not a directory",
        FileProblem.of(
            assertThrows(IOException.class, () -> Files.createFile(there.resolve("below")))));
  }

  @Test
  void othersKeepTheirMessage() {
    assertEquals("the disk is full", FileProblem.of(new IOException("the disk is full")));
  }
}
