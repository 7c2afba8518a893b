package dev.bookend.model.checkpoint;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Gives memory back to the system that this process holds and does not need. Only Linux with GNU's
 * C library has calls for that which count; elsewhere nothing happens. Safe for use by several
 * threads.
 */
public final class ResidentMemory {
  private static final int DONT_NEED = 4; // MADV_DONTNEED
  private static final long PAGE = 1 << 16; // the largest that Linux has

  private ResidentMemory() {}

  /** Part of GNU's C library. */
  interface CLibrary extends Library {
    int madvise(Pointer address, NativeLong bytes, int advice);

    int malloc_trim(NativeLong kept);
  }

  /** Loaded when it is first needed. */
  private static final class Loaded {
    static final CLibrary LIBRARY = load();

    private static CLibrary load() {
      try {
        CLibrary library = Platform.isLinux() ? Native.load("c", CLibrary.class) : null;
        if (library != null) {
          library.malloc_trim(new NativeLong(0)); // other C libraries do not have it
        }
        return library;
      } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
        return null; // nothing but memory is lost
      }
    }
  }

  /** Of a mapped file, what has been read: it is read again where it is needed again. */
  static void release(ByteBuffer mapped) {
    if (Loaded.LIBRARY == null || mapped.capacity() < 2 * PAGE) {
      return;
    }
    Pointer whole = Native.getDirectBufferPointer(mapped.duplicate().position(0));
    long from = Pointer.nativeValue(whole);
    long first = (from + PAGE - 1) & -PAGE;
    long end = (from + mapped.capacity()) & -PAGE;
    Loaded.LIBRARY.madvise(new Pointer(first), new NativeLong(end - first), DONT_NEED);
  }

  /** What native code has freed. Takes milliseconds. */
  public static void trim() {
    if (Loaded.LIBRARY != null) {
      Loaded.LIBRARY.malloc_trim(new NativeLong(0));
    }
  }
}
