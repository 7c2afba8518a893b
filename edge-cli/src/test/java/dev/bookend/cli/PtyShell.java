package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import com.pty4j.WinSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jline.terminal.Size;
import org.jline.utils.ScreenTerminal;

/** The {@code ./bookend} launcher in a terminal, of which one sees what a user would see. */
final class PtyShell implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 150;

  private final PtyProcess process;
  private final ScreenTerminal terminal;
  private final StringBuilder raw = new StringBuilder();
  private final Thread reader;
  private int columns;
  private int rows;

  private PtyShell(PtyProcess process, int columns, int rows) {
    this.process = process;
    this.columns = columns;
    this.rows = rows;
    this.terminal = new ScreenTerminal(columns, rows);
    this.reader = new Thread(this::read, "pty-reader");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it in a terminal of so many columns and rows. */
  static PtyShell start(int columns, int rows, Map<String, String> environment, String... args)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                // What is started in the background of a script ignores Ctrl-C.
                "env",
                "--default-signal=INT",
                Path.of("..").toAbsolutePath().normalize().resolve("bookend").toString()));
    command.addAll(List.of(args));
    Map<String, String> variables = new HashMap<>(System.getenv());
    variables.put("TERM", "xterm-256color");
    variables.remove("NO_COLOR");
    variables.put("BOOKEND_SMOLLM2", "pypi");
    variables.putAll(environment);
    PtyProcess process =
        new PtyProcessBuilder(command.toArray(String[]::new))
            .setEnvironment(variables)
            .setInitialColumns(columns)
            .setInitialRows(rows)
            .start();
    return new PtyShell(process, columns, rows);
  }

  private void read() {
    try (InputStream in = process.getInputStream();
        Reader text = new InputStreamReader(in, UTF_8)) {
      char[] buffer = new char[8192];
      for (int count = text.read(buffer); count >= 0; count = text.read(buffer)) {
        String piece = new String(buffer, 0, count);
        synchronized (raw) {
          raw.append(piece);
        }
        terminal.write(piece);
      }
    } catch (IOException e) {
      // The other side is gone.
    }
  }

  /** All that was written to the terminal. */
  String raw() {
    synchronized (raw) {
      return raw.toString();
    }
  }

  /** What the terminal shows now, without spaces at the ends of rows. */
  String screen() {
    long[] cells = new long[columns * rows];
    terminal.dump(cells, 0, 0, rows, columns, new int[2]);
    return rows(cells, 0, rows);
  }

  /** The same with what has gone out at the top before. */
  String all() {
    StringBuilder text = new StringBuilder();
    for (long[] row : terminal.getHistory()) {
      text.append(row(row, 0, row.length)).append('\n');
    }
    return text + screen();
  }

  private String rows(long[] cells, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int y = from; y < to; y++) {
      text.append(row(cells, y * columns, columns)).append('\n');
    }
    return text.toString();
  }

  private static String row(long[] cells, int from, int count) {
    StringBuilder row = new StringBuilder();
    for (int x = 0; x < count; x++) {
      int character = ScreenTerminal.cellCodePoint(cells[from + x]);
      if (character != 0) {
        row.appendCodePoint(character);
      }
    }
    return row.toString().stripTrailing();
  }

  /** Waits until the terminal shows something. */
  void await(String text) throws InterruptedException {
    await(screen -> screen.contains(text), text);
  }

  /** Waits until the terminal shows what a test wants. */
  void await(Predicate<String> wanted, String what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!wanted.test(all())) {
      if (System.nanoTime() > end || (!process.isAlive() && !reader.isAlive())) {
        throw new AssertionError("no " + what + " in:\n" + all());
      }
      Thread.sleep(20);
    }
  }

  /** Waits until a line can be typed: the last line, or that above the status line, is a prompt. */
  void awaitPrompt() throws InterruptedException {
    await(PtyShell::endsInPrompt, "prompt");
  }

  private static boolean endsInPrompt(String screen) {
    List<String> lines = screen.lines().filter(line -> !line.isBlank()).toList();
    return lines.subList(Math.max(0, lines.size() - 2), lines.size()).contains(">");
  }

  /** Types a line. */
  void type(String line) {
    press(line + "\r");
  }

  /** Presses keys. */
  void press(String keys) {
    try {
      process.getOutputStream().write(keys.getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives the window another size. */
  void resize(int newColumns, int newRows) {
    columns = newColumns;
    rows = newRows;
    terminal.setSize(Size.of(newColumns, newRows));
    process.setWinSize(new WinSize(newColumns, newRows));
  }

  /** Sends a signal, as {@code kill} does. */
  void signal(String name) throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    if (new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor() != 0) {
      throw new AssertionError("no process " + pid);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until it has ended. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still running:\n" + all());
    }
    reader.join(5_000);
    return process.exitValue();
  }

  @Override
  public void close() {
    ProcessHandle.of(process.pid())
        .ifPresent(
            handle -> {
              handle.descendants().forEach(ProcessHandle::destroyForcibly);
              handle.destroyForcibly();
            });
  }
}
