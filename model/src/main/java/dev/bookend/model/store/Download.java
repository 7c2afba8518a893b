package dev.bookend.model.store;

import com.google.common.collect.Range;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.Target.Slice;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches files, in pieces over several connections at the same time. Goes on where an earlier
 * process stopped.
 */
final class Download {
  private static final int CONNECTIONS = 6;

  /** Long enough that requests do not matter, short enough that all connections have work. */
  private static final long PIECE_BYTES = 32 << 20;

  private static final long TICK_MILLIS = 100;

  private final Repository repository;
  private final Retries retries;
  private final Tally tally;

  Download(Repository repository, Retries retries, Tally tally) {
    this.repository = repository;
    this.retries = retries;
    this.tally = tally;
  }

  /**
   * How many bytes some files still lack, so that much room is needed on the disk.
   *
   * @throws IOException if what is there cannot be read
   */
  static long missing(List<Target> targets) throws IOException {
    long missing = 0;
    for (Target target : targets) {
      long lacks = target.bytes() - PartialFile.present(target.file(), target.bytes());
      missing += Math.min(Math.max(0, lacks), Long.MAX_VALUE - missing);
    }
    return missing;
  }

  /**
   * Fetches those files that are not here. The tally counts what is here as well.
   *
   * @throws BookendException if one cannot be fetched; what has come stays for the next try
   */
  void run(List<Target> targets) throws IOException {
    List<FileFetch> fetches = new ArrayList<>();
    ExecutorService workers = Executors.newFixedThreadPool(CONNECTIONS, Download::thread);
    try {
      for (Target target : targets) {
        if (Files.exists(target.file())) { // its checksum was compared before it got this name
          tally.add(target.fetched());
        } else {
          Files.createDirectories(target.file().toAbsolutePath().getParent());
          fetches.add(new FileFetch(target));
        }
      }
      List<Future<?>> pieces = new ArrayList<>();
      for (FileFetch fetch : fetches) {
        for (Slice piece : fetch.pieces()) {
          pieces.add(
              workers.submit(
                  () -> {
                    fetch.fetch(piece);
                    return null;
                  }));
        }
      }
      for (Future<?> piece : pieces) {
        await(piece);
      }
    } finally {
      workers.shutdownNow();
      awaitEnd(workers);
      for (FileFetch fetch : fetches) {
        fetch.file.close();
      }
    }
    tally.report();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "bookend-fetch");
    thread.setDaemon(true);
    return thread;
  }

  private void await(Future<?> piece) throws IOException {
    while (true) {
      try {
        piece.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        tally.report();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw cause;
        }
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BookendException(
            ErrorCode.CANCELLED, "fetching " + repository.name() + " was interrupted", e);
      }
    }
  }

  /** Until no thread writes any more; each notices the interrupt at once. */
  private static void awaitEnd(ExecutorService workers) {
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        if (workers.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One file. */
  private final class FileFetch {
    /** How much is written between two notes of it. */
    private static final long NOTED_BYTES = 4 << 20;

    private final Target target;
    private final PartialFile file;
    private int left;
    private boolean ignoresRanges;

    FileFetch(Target target) throws IOException {
      this.target = target;
      this.file = new PartialFile(target.file(), target.bytes());
    }

    /** What is still to be fetched. A file that has all its bytes gets one piece of none. */
    List<Slice> pieces() throws IOException {
      long here = 0;
      List<Slice> pieces = new ArrayList<>();
      for (Slice slice : target.slices()) {
        long lacks = 0;
        Range<Long> own = Range.closedOpen(slice.at(), slice.at() + slice.bytes());
        for (Range<Long> gap : file.missing()) {
          if (gap.isConnected(own) && !gap.intersection(own).isEmpty()) {
            Range<Long> run = gap.intersection(own);
            lacks += run.upperEndpoint() - run.lowerEndpoint();
            for (long at = run.lowerEndpoint(); at < run.upperEndpoint(); at += PIECE_BYTES) {
              long bytes = Math.min(PIECE_BYTES, run.upperEndpoint() - at);
              pieces.add(new Slice(slice.source(), slice.from() + at - slice.at(), at, bytes));
            }
          }
        }
        here += slice.bytes() - lacks;
      }
      tally.add(here);
      if (target.head().length > 0) {
        file.write(0, target.head());
      }
      if (pieces.isEmpty()) {
        pieces.add(new Slice(null, 0, 0, 0));
      }
      left = pieces.size();
      return pieces;
    }

    void fetch(Slice piece) throws IOException {
      try {
        if (piece.bytes() > 0 && !ignoresRanges()) {
          fetchPart(piece);
        }
      } catch (RangesIgnoredException e) {
        fetchAll(e);
      }
      synchronized (this) {
        left--;
        if (left > 0) {
          return;
        }
      }
      finish();
    }

    private synchronized boolean ignoresRanges() {
      return ignoresRanges;
    }

    private void fetchPart(Slice piece) throws IOException {
      Position position = new Position(piece);
      try {
        retries.run(
            () -> {
              long from = piece.from() + position.arrived;
              repository.read(piece.source(), from, piece.from() + piece.bytes(), position::write);
              position.requireAll();
              return null;
            },
            () -> position.arrived);
      } finally {
        position.note();
      }
    }

    /** All of the file over one connection, from its first byte. */
    private synchronized void fetchAll(RangesIgnoredException why) throws IOException {
      if (ignoresRanges) {
        return; // another thread has fetched it
      }
      if (!target.isWholeFile()) {
        throw EdgeFetch.withoutRanges(why);
      }
      ignoresRanges = true;
      Slice all = target.slices().get(0);
      retries.run(
          () -> {
            tally.add(-file.doneBytes());
            file.restart();
            Position position = new Position(all);
            try {
              repository.read(all.source(), 0, all.bytes(), position::write);
            } finally {
              position.note();
            }
            position.requireAll();
            return null;
          });
    }

    private void finish() throws IOException {
      if (target.sha256().isPresent() && !target.sha256().get().equals(file.sha256())) {
        file.delete();
        throw new BookendException(
            ErrorCode.HUB_FAILED,
            target.slices().get(0).source().path()
                + " of "
                + repository.name()
                + " came with the wrong checksum: try again");
      }
      file.finish();
    }

    /** How far a piece has come. */
    private final class Position {
      private final Slice piece;
      private volatile long arrived;
      private long noted;

      Position(Slice piece) {
        this.piece = piece;
      }

      /** Called on one thread at a time, and not after the read has ended. */
      synchronized void write(byte[] bytes) throws IOException {
        file.write(piece.at() + arrived, bytes);
        arrived += bytes.length;
        tally.add(bytes.length);
        if (arrived - noted >= NOTED_BYTES) {
          note();
        }
      }

      synchronized void note() throws IOException {
        file.done(piece.at() + noted, piece.at() + arrived);
        noted = arrived;
      }

      void requireAll() throws IOException {
        if (arrived < piece.bytes()) {
          throw new IOException(piece.source().path() + " ended early");
        }
      }
    }
  }
}
