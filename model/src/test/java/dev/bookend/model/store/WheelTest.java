package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WheelTest {

  /** Python would import a pip.py that lies in the working directory. */
  @Test
  void pythonIsIsolatedAndNoProcessStartsInTheUsersDirectory() {
    Path wheels = Path.of("wheels");
    for (ProcessBuilder process : Wheel.processes(wheels)) {
      assertEquals(wheels.toFile(), process.directory());
      List<String> command = process.command();
      assertTrue(
          !command.get(0).startsWith("python") || command.get(1).equals("-I"), command.toString());
      assertTrue(command.contains(wheels.toAbsolutePath().toString()));
    }
  }
}
