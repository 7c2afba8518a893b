package dev.bookend.cli.chat;

import dev.bookend.Completion;
import dev.bookend.DraftedText.Part;
import dev.bookend.decoding.DecodingMetrics;
import java.util.List;

/**
 * An answer that was shown.
 *
 * @param completion with its cost; the cloud's own time is told apart where the cloud said it
 * @param parts its text, with who had proposed each part; empty where nobody kept them
 */
public record Answer(Completion completion, List<Part> parts) {
  /** Copies the list. */
  public Answer {
    parts = List.copyOf(parts);
  }

  /** What it has cost. */
  public DecodingMetrics metrics() {
    return completion.metrics();
  }

  /** Tokens a second, from the first to the last. */
  public double tokensPerSecond() {
    double seconds = metrics().times().total() / 1e3;
    return seconds <= 0 ? 0 : completion.tokens().size() / seconds;
  }
}
