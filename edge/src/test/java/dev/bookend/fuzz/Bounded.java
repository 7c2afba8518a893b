package dev.bookend.fuzz;

import com.sun.management.ThreadMXBean;
import dev.bookend.error.BookendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;

/**
 * What any input may do: be read, or be refused with a {@link BookendException}, and take no more
 * than so much memory and time for it. The time is that of the thread, which a busy machine does
 * not lengthen.
 */
public final class Bounded {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** About the most that the bounds of a chat template let it allocate. */
  private static final long MOST_BYTES = 512L << 20;

  private static final long MOST_NANOS = 20_000_000_000L;

  private Bounded() {}

  /** Reads an input. */
  public interface Target {
    /** Reads it, or refuses it with a {@link BookendException}. */
    void read(byte[] input) throws IOException;
  }

  /**
   * Lets a target read an input, a second time where the first takes much: classes that are loaded
   * for it, and changed by a fuzzer, count only once.
   *
   * @throws AssertionError if it takes too much
   */
  public static void run(byte[] input, Target target) {
    boolean tooMuch = takesTooMuch(input, target);
    if (tooMuch) {
      tooMuch = takesTooMuch(input, target);
    }
    if (tooMuch) {
      throw new AssertionError(
          "%,d bytes of input take more than %,d bytes of memory or %,d s"
              .formatted(input.length, MOST_BYTES, MOST_NANOS / 1_000_000_000));
    }
  }

  private static boolean takesTooMuch(byte[] input, Target target) {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    try {
      target.read(input);
    } catch (BookendException e) {
      // The input is refused, which is well.
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of the scratch files: no fault of the target's
    }
    return THREADS.getCurrentThreadAllocatedBytes() - bytes > MOST_BYTES
        || THREADS.getCurrentThreadCpuTime() - nanos > MOST_NANOS;
  }
}
