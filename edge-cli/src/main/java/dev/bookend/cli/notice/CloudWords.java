package dev.bookend.cli.notice;

import dev.bookend.error.VisibleText;
import dev.bookend.remote.CloudEvent;
import java.time.Duration;
import java.util.Locale;

/** The sentences for what happens on the way to the cloud. */
public final class CloudWords {
  private CloudWords() {}

  /** What to say of an event; empty for the end of a search, of which nobody needs to hear. */
  public static String of(CloudEvent event) {
    if (event instanceof CloudEvent.Searching searching) {
      return "asking " + String.join(", ", searching.servers()) + " for the middle layers ...";
    }
    if (event instanceof CloudEvent.Lost) {
      return "cloud lost; reconnecting ...";
    }
    if (event instanceof CloudEvent.Reconnecting to) {
      return "cloud lost; reconnecting to %s (%d of %d) ..."
          .formatted(to.server(), to.number(), to.of());
    }
    if (event instanceof CloudEvent.Reconnected back) {
      return "reconnected to " + back.server() + " after " + seconds(back.after());
    }
    if (event instanceof CloudEvent.Waiting waiting) {
      return "waiting for %s%s ...".formatted(waiting.server(), place(waiting));
    }
    if (event instanceof CloudEvent.PassedOver other) {
      return "not used: " + VisibleText.of(other.reason());
    }
    return "";
  }

  /** The same with how long it has been waited for. */
  public static String counted(CloudEvent.Waiting waiting) {
    return counted(waiting, waiting.since());
  }

  /** The same with how long all has been waited for of which this is a part. */
  public static String counted(CloudEvent.Waiting waiting, Duration since) {
    return "waiting for %s%s, %s ...".formatted(waiting.server(), place(waiting), seconds(since));
  }

  private static String place(CloudEvent.Waiting waiting) {
    return waiting.forPlace() ? ", which may have no place for a session free" : "";
  }

  /** A time with a tenth of a second. */
  public static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }
}
