package dev.bookend.triton.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Triton server with the python backend, out of the PyPI wheel nvidia-pytriton, in a cached
 * virtual environment that also has onnxruntime. This release needs numpy 1: with numpy 2 it
 * answers with empty tensors.
 */
final class TritonInstallation {
  private static final String TRITON = "nvidia-pytriton==0.7.0";
  private static final List<String> PACKAGES =
      List.of("numpy==1.26.4", "onnxruntime==1.22.1", "protobuf", "flatbuffers", "packaging");
  private static final List<String> PYTHONS =
      List.of("python3", "python3.12", "python3.11", "python3.10");

  private final Path sitePackages;
  private final Path backends;

  private TritonInstallation(Path home, String python) {
    this.sitePackages = home.resolve("lib/python" + python + "/site-packages");
    this.backends = home.resolve("backends");
  }

  /**
   * Installs at first use; two processes may do so at once.
   *
   * @throws IOException with the reason why there can be none on this machine
   */
  static synchronized TritonInstallation get() throws IOException {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      throw new IOException("nvidia-pytriton is for Linux on x86-64");
    }
    String executable =
        PYTHONS.stream()
            .filter(name -> version(name).isPresent())
            .findFirst()
            .orElseThrow(() -> new IOException("no Python 3.10, 3.11 or 3.12"));
    String python = version(executable).orElseThrow();
    Path cache = cache();
    Path home =
        cache.resolve(
            (TRITON + "-" + PACKAGES.get(0) + "-" + PACKAGES.get(1)).replace("==", "-")
                + "-py"
                + python);
    TritonInstallation installation = new TritonInstallation(home, python);
    Files.createDirectories(cache);
    try (FileChannel channel =
            FileChannel.open(
                cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      Path complete = home.resolve("complete");
      if (lock.isValid() && !Files.exists(complete)) {
        deleteTree(home);
        installation.install(home, executable, python);
        Files.createFile(complete);
      }
    }
    return installation;
  }

  private static Path cache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return base.resolve("bookend/triton-venv");
  }

  private void install(Path home, String executable, String python) throws IOException {
    run(executable, "-m", "venv", home.toString());
    String pip = home.resolve("bin/pip").toString();
    run(
        Stream.concat(
                Stream.of(pip, "install", "--quiet", "--only-binary", ":all:", "--no-deps", TRITON),
                PACKAGES.stream())
            .toArray(String[]::new));
    // The backend looks for the stub beside itself. A copy leaves the wheel's own files as they
    // are.
    Path triton = sitePackages.resolve("pytriton/tritonserver");
    Path backend = Files.createDirectories(backends.resolve("python"));
    for (String file : List.of("libtriton_python.so", "triton_python_backend_utils.py")) {
      Files.copy(triton.resolve("backends/python").resolve(file), backend.resolve(file));
    }
    String stub = "triton_python_backend_stub";
    Files.copy(
        triton.resolve("python_backend_stubs").resolve(python).resolve(stub),
        backend.resolve(stub),
        StandardCopyOption.COPY_ATTRIBUTES);
    // The stub runs Python isolated: it finds what is beside it, but ignores PYTHONPATH.
    try (Stream<Path> packages = Files.list(sitePackages)) {
      for (Path installed : packages.toList()) {
        Files.createSymbolicLink(backend.resolve(installed.getFileName()), installed);
      }
    }
  }

  Path executable() {
    return sitePackages.resolve("pytriton/tritonserver/bin/tritonserver");
  }

  Path libraries() {
    return sitePackages.resolve("nvidia_pytriton.libs");
  }

  Path backends() {
    return backends;
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
    Path output = Files.createTempFile("triton-install", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(10, TimeUnit.MINUTES);
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

  static void deleteTree(Path root) throws IOException {
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
