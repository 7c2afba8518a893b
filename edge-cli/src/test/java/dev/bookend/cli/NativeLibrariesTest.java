package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class NativeLibrariesTest {
  @TempDir private Path temporary;

  private Optional<Path> directory(Map<String, String> environment, Path home) throws IOException {
    return NativeLibraries.directory(environment, home, temporary);
  }

  @Test
  void aHomeThatCanBeWrittenAndAChoiceOfTheUsersStay() throws IOException {
    assertEquals(Optional.empty(), directory(Map.of(), temporary));
    Path none = temporary.resolve("no home");
    assertEquals(Optional.empty(), directory(Map.of("DJL_CACHE_DIR", "/x"), none));
  }

  @Test
  void withoutAHomeTheDirectoryIsOneThatNobodyElseCanWrite() throws IOException {
    Path none = temporary.resolve("no home");
    Path directory = directory(Map.of(), none).orElseThrow();
    assertEquals(Optional.of(directory), directory(Map.of(), Path.of("/dev/null")), "no directory");
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
    assertEquals(Optional.of(directory), directory(Map.of(), none));

    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThrows(IOException.class, () -> directory(Map.of(), none));
    Files.delete(directory);
    Files.createSymbolicLink(directory, temporary);
    assertThrows(IOException.class, () -> directory(Map.of(), none));
  }
}
