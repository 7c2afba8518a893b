package dev.bookend.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.triton.testing.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python environment with packages from PyPI that runs the scripts in {@code src/test/python}.
 */
record Python(Path executable) {
  private static final Path SCRIPTS = Path.of("src/test/python");

  /** A script's exit status and what it has printed. */
  record Result(int code, String output) {}

  /**
   * If the packages cannot be installed, the test is skipped with the reason; with CI=true it
   * fails.
   *
   * @param name name of the environment, another one for other packages
   * @param packages {@code name==version}, including all dependencies
   */
  static Python with(String name, List<String> packages) {
    try {
      return new Python(PythonEnvironment.get(name, packages).python());
    } catch (IOException e) {
      String reason = "no " + name + " here: " + e.getMessage();
      if ("true".equals(System.getenv("CI"))) {
        return Assertions.fail(reason, e);
      }
      return Assumptions.abort(reason);
    }
  }

  Result run(String script, Object... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(executable.toString(), SCRIPTS.resolve(script).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output);
  }
}
