package dev.bookend.cli;

import org.jline.utils.ShutdownHooks;

/**
 * What a terminal is owed where the process is told to end, by SIGTERM or SIGHUP. JLine closes its
 * terminals then, in one thread and in the order in which they were opened: this is made before the
 * terminal is, and so has its turn while that can still be written to.
 */
final class TerminalRestore implements AutoCloseable {
  private final ShutdownHooks.Task task = ShutdownHooks.add(this::run);
  private volatile Runnable restore = () -> {};
  private volatile boolean ending;

  private void run() {
    ending = true;
    restore.run();
  }

  /** What is to be done then. */
  void by(Runnable action) {
    restore = action;
  }

  /** Whether the process ends: the terminal may be closed at any moment, under whoever uses it. */
  boolean isEnding() {
    return ending;
  }

  @Override
  public void close() {
    ShutdownHooks.remove(task);
  }
}
