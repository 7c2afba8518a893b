package dev.bookend.triton.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A Python virtual environment with packages of PyPI, made at first use and kept in the user's
 * cache.
 */
public final class PythonEnvironment {
  private static final List<String> PYTHONS =
      List.of("python3", "python3.12", "python3.11", "python3.10");

  private final Path home;
  private final String version;

  private PythonEnvironment(Path home, String version) {
    this.home = home;
    this.version = version;
  }

  /** What is to be done once, after the packages are installed. */
  interface Finish {
    void run(PythonEnvironment environment) throws IOException;
  }

  /**
   * The environment with exactly these packages; their dependencies are not installed.
   *
   * @param name of its directory in the cache; must change with the packages
   * @param packages {@code name==version}
   * @throws IOException with the reason why there can be none on this machine
   */
  public static PythonEnvironment get(String name, List<String> packages) throws IOException {
    return get(name, packages, environment -> {});
  }

  /** As {@link #get}. Where there can be none the test is skipped; in CI it fails. */
  public static PythonEnvironment orSkip(String name, List<String> packages) {
    try {
      return get(name, packages);
    } catch (IOException e) {
      String reason = "no " + packages.get(0) + " here: " + e.getMessage();
      if ("true".equals(System.getenv("CI"))) {
        return Assertions.fail(reason, e);
      }
      return Assumptions.abort(reason);
    }
  }

  static synchronized PythonEnvironment get(String name, List<String> packages, Finish finish)
      throws IOException {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      throw new IOException(packages.get(0) + " is for Linux on x86-64");
    }
    String executable =
        PYTHONS.stream()
            .filter(candidate -> version(candidate).isPresent())
            .findFirst()
            .orElseThrow(() -> new IOException("no Python 3.10, 3.11 or 3.12"));
    String python = version(executable).orElseThrow();
    Path cache = cache();
    PythonEnvironment environment =
        new PythonEnvironment(cache.resolve(name + "-py" + python), python);
    Files.createDirectories(cache);
    // Two processes may want it at once.
    try (FileChannel channel =
            FileChannel.open(
                cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      Path complete = environment.home.resolve("complete");
      if (lock.isValid() && !Files.exists(complete)) {
        deleteTree(environment.home);
        environment.install(executable, packages);
        finish.run(environment);
        Files.createFile(complete);
      }
    }
    return environment;
  }

  private static Path cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return base.resolve("bookend/triton-venv");
  }

  private void install(String python, List<String> packages) throws IOException {
    run(python, "-m", "venv", home.toString());
    List<String> pip =
        new ArrayList<>(
            List.of(
                home.resolve("bin/pip").toString(),
                "install",
                "--quiet",
                "--only-binary",
                ":all:",
                "--no-deps"));
    pip.addAll(packages);
    run(pip.toArray(String[]::new));
  }

  /** The interpreter. */
  public Path python() {
    return home.resolve("bin/python");
  }

  /** The virtual environment's directory. */
  Path home() {
    return home;
  }

  /** E.g. 3.11. */
  String version() {
    return version;
  }

  Path sitePackages() {
    return home.resolve("lib/python" + version + "/site-packages");
  }

  /** "3.11", where the wheels exist for it. */
  private static Optional<String> version(String python) {
    try {
      String version =
          run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip();
      return Optional.of(version).filter(List.of("3.10", "3.11", "3.12")::contains);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String run(String... command) throws IOException {
    Path output = Files.createTempFile("python-environment", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(30, TimeUnit.MINUTES);
      process.destroyForcibly();
      String text = Files.readString(output, UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + " failed: " + text.strip());
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.delete(output);
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      List<Path> paths;
      try (Stream<Path> walk = Files.walk(root)) {
        paths = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : paths) {
        Files.delete(path);
      }
    }
  }
}
