package dev.bookend.evaluation.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class PrivateFilesTest {
  @TempDir private Path directory;

  private record Entry(String key, String answer) implements ResultLog.Entry {}

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void resultsAreForTheirOwnerOnly() throws IOException {
    Path out = directory.resolve("new").resolve("out");
    ResultLog<Entry> log = ResultLog.open(Optional.of(out), "results.jsonl", Entry.class);
    log.add(new Entry("k", "an answer"));
    log.add(new Entry("l", "another"));
    assertEquals("rwx------", permissions(out));
    Path file = out.resolve("results.jsonl");
    assertEquals("rw-------", permissions(file));
    assertEquals(2, Files.readAllLines(file).size());
  }

  @Test
  void aFileOfAnEarlierVersionIsClosedToOthers() throws IOException {
    Path file = Files.writeString(directory.resolve("report.json"), "something longer");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    PrivateFiles.write(file, "new");
    assertEquals("new", Files.readString(file));
    assertEquals("rw-------", permissions(file));
  }
}
