package dev.bookend.cli;

import java.util.Locale;
import java.util.Optional;

/** Memory that ran out, found under whatever wraps it, and what helps. */
final class MemoryShortage {
  private static final String SMALLER =
      "end other programs, or take a smaller --model, or a smaller --split with a --cloud elsewhere";

  private MemoryShortage() {}

  /** What to tell the user; empty where a failure has another reason. */
  static Optional<String> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String what = String.valueOf(cause.getMessage());
      if (cause instanceof OutOfMemoryError && !what.contains("array size")) {
        return Optional.of(ofJava(what));
      }
      if (what.contains("CUDA out of memory")) {
        return Optional.of(
            "the GPU's memory is full; --weights bf16 halves what layers take, a smaller --split"
                + " leaves fewer of them here, and --device cpu takes none of it");
      }
      if (what.contains("DefaultCPUAllocator")) { // PyTorch's
        return Optional.of("the machine's memory is full; " + SMALLER);
      }
    }
    return Optional.empty();
  }

  private static String ofJava(String what) {
    if (what.contains("direct buffer memory")) {
      return "Java's direct memory, where weights lie, is full ("
          + what
          + "); raise the limit with"
          + " -XX:MaxDirectMemorySize=...";
    }
    if (what.contains("heap") || what.contains("GC overhead")) {
      long megabytes = Runtime.getRuntime().maxMemory() >> 20;
      return String.format(
          Locale.ROOT,
          "Java's heap of %d MB is full; for a larger one run JDK_JAVA_OPTIONS=-Xmx%dm bookend ...",
          megabytes,
          2 * megabytes);
    }
    return "the machine's memory is full (" + what + "); " + SMALLER;
  }
}
