package dev.bookend.model.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Lets one fetch of a model run at a time, among threads and among processes. */
final class StoreLock {
  /** A file lock belongs to the process as a whole, so its threads need a lock of their own. */
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private StoreLock() {}

  /** What is done under the lock. */
  @FunctionalInterface
  interface Action<T> {
    T run() throws IOException;
  }

  /** Waits for the lock. The lock's file stays, because another process may wait for it already. */
  static <T> T locked(Path file, Action<T> action) throws IOException {
    Files.createDirectories(file.getParent());
    Path key = file.toAbsolutePath().normalize();
    ReentrantLock threads = THREADS.computeIfAbsent(key, unused -> new ReentrantLock());
    threads.lock();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock(); // freed when the channel closes
      return action.run();
    } finally {
      threads.unlock();
    }
  }
}
