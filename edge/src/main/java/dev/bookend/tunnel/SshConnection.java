package dev.bookend.tunnel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One TCP connection through one process of {@code ssh}. */
final class SshConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int LINES_KEPT = 3;
  private static final int LONGEST_LINE = 300;
  private static final long SECONDS_TO_END = 2;

  private final Socket near;
  private final Process ssh;
  private final Deque<String> lastLines = new ArrayDeque<>();
  private volatile boolean left; // this side has closed the connection

  SshConnection(Socket near, Process ssh) {
    this.near = near;
    this.ssh = ssh;
  }

  /**
   * Carries bytes until one side ends.
   *
   * @param connected is called when the first byte comes back
   * @return why it broke; empty where this side ended it
   */
  Optional<SshComplaint> run(Runnable connected) {
    Thread errors = start("bookend-ssh-errors", this::readErrors);
    start("bookend-ssh-up", this::carryUp);
    carryDown(connected);
    try {
      endSoon();
      errors.join(TimeUnit.SECONDS.toMillis(SECONDS_TO_END));
      int exitCode = ssh.waitFor();
      return left || exitCode == 0 ? Optional.empty() : Optional.of(complaint(exitCode));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private void endSoon() {
    try {
      if (!ssh.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        ssh.destroy();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ssh.destroy();
    }
  }

  private void carryUp() {
    try (OutputStream out = ssh.getOutputStream()) {
      near.setOption(StandardSocketOptions.TCP_NODELAY, true);
      InputStream in = near.getInputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        out.flush();
      }
    } catch (IOException e) {
      // One of the two has ended.
    }
    left |= ssh.isAlive();
    endSoon();
  }

  private void carryDown(Runnable connected) {
    try {
      InputStream in = ssh.getInputStream();
      OutputStream out = near.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      int read = in.read(buffer);
      if (read >= 0) {
        connected.run();
      }
      for (; read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      left |= ssh.isAlive();
    }
  }

  private void readErrors() {
    try (BufferedReader reader = ssh.errorReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        keep(line.strip());
      }
    } catch (IOException e) {
      // The process has ended.
    }
  }

  private synchronized void keep(String line) {
    if (line.isEmpty()) {
      return;
    }
    lastLines.add(line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…");
    if (lastLines.size() > LINES_KEPT) {
      lastLines.remove();
    }
  }

  private synchronized SshComplaint complaint(int exitCode) {
    return new SshComplaint(String.join("; ", lastLines), exitCode);
  }

  static Thread start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Ends the connection, and the process with it. */
  @Override
  public void close() {
    left = true;
    ssh.destroy();
    try {
      near.close();
    } catch (IOException e) {
      // The socket is of no use in any case.
    }
  }
}
