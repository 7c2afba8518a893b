package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The {@code ./bookend} launcher in tmux: a terminal that wraps what it shows anew, and tells of
 * its size later than it has it.
 */
final class TmuxShell implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 150;

  private final Path socket;

  private TmuxShell(Path socket) {
    this.socket = socket;
  }

  /** Whether this machine has it. */
  static boolean isThere() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "tmux")));
  }

  /**
   * Starts it in a window of 80 columns and 24 rows.
   *
   * @param directory for what it keeps
   */
  static TmuxShell start(Path directory, String... args) throws IOException, InterruptedException {
    TmuxShell shell = new TmuxShell(directory.resolve("tmux"));
    Path launcher = Path.of("..").toAbsolutePath().normalize().resolve("bookend");
    String command =
        Stream.concat(
                Stream.of(
                    "env",
                    "--default-signal=INT",
                    "XDG_STATE_HOME=" + directory,
                    "XDG_DATA_HOME=" + directory,
                    launcher.toString()),
                Stream.of(args))
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    shell.tmux("new-session", "-d", "-x", "80", "-y", "24", command);
    shell.tmux("set-option", "-g", "window-size", "manual");
    return shell;
  }

  private String tmux(String... words) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("tmux", "-u", "-f", "/dev/null", "-S", socket.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("TMUX");
    builder.environment().putIfAbsent("TERM", "xterm-256color");
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + ": " + said);
    }
    return said;
  }

  /** All that the window has shown, without spaces at the ends of rows. */
  String all() throws IOException, InterruptedException {
    return tmux("capture-pane", "-p", "-S", "-").stripTrailing();
  }

  void await(Predicate<String> wanted, String what) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!wanted.test(all())) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no " + what + " in:\n" + all());
      }
      Thread.sleep(50);
    }
  }

  void await(String text) throws IOException, InterruptedException {
    await(screen -> screen.contains(text), text);
  }

  /** Types, without Enter. */
  void type(String text) throws IOException, InterruptedException {
    tmux("send-keys", "-l", text);
  }

  /** Presses a key that tmux has a name for. */
  void press(String key) throws IOException, InterruptedException {
    tmux("send-keys", key);
  }

  void resize(int columns, int rows) throws IOException, InterruptedException {
    tmux("resize-window", "-x", Integer.toString(columns), "-y", Integer.toString(rows));
  }

  @Override
  public void close() throws IOException {
    try {
      tmux("kill-server");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
