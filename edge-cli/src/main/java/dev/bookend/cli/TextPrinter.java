package dev.bookend.cli;

import dev.bookend.Completion;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.io.PrintStream;
import java.util.Locale;

/** Prints an answer as it comes; with {@code --verbose}, what it has cost on stderr. */
final class TextPrinter implements AnswerPrinter {
  private final PrintStream out;
  private final boolean verbose;
  private boolean begun;

  TextPrinter(PrintStream out, boolean verbose) {
    this.out = out;
    this.verbose = verbose;
  }

  @Override
  public boolean piece(String text) {
    begun = true;
    out.print(text);
    // This flushes, and finds out whether the reader has closed the pipe, as 'head' does.
    return !out.checkError();
  }

  @Override
  public void complete(Completion answer) {
    out.println();
    out.flush();
    if (verbose) {
      DecodingMetrics metrics = answer.metrics();
      int tokens = answer.tokens().size();
      double seconds = metrics.times().total() / 1e3;
      tell(
          "%d tokens in %.2f s, %.1f tokens/s, %d round trips, %.2f tokens each, %d reconnects,"
              + " %d near ties",
          tokens,
          seconds,
          tokens / seconds,
          metrics.counts().roundTrips(),
          metrics.counts().tokensPerRoundTrip(),
          metrics.counts().reconnects(),
          metrics.counts().nearTies());
      for (Contribution drafter : metrics.drafters()) {
        tell(
            "%s: %d of %d draft tokens accepted",
            drafter.drafter(), drafter.accepted(), drafter.sent());
      }
    }
  }

  private static void tell(String format, Object... figures) {
    StandardStreams.remark(String.format(Locale.ROOT, format, figures));
  }

  @Override
  public void brokenOff(RuntimeException cause, boolean interrupted) {
    if (begun) {
      out.println();
    }
    out.flush();
  }
}
