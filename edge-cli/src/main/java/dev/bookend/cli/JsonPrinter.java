package dev.bookend.cli;

import dev.bookend.Completion;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.error.VisibleText;
import dev.bookend.remote.CloudStatistics;
import dev.bookend.remote.CloudTime;
import java.io.PrintStream;

/** Prints one JSON object at the end of an answer. Asks the cloud how long it has computed. */
final class JsonPrinter implements AnswerPrinter {
  private final PrintStream out;
  private final CloudStatistics cloud;
  private final GenerationJson.Settings settings;
  private final CloudTime before;
  private final StringBuilder text = new StringBuilder();

  /** Asks the cloud; to be called before the answer begins. */
  JsonPrinter(PrintStream out, CloudStatistics cloud, GenerationJson.Settings settings) {
    this.out = out;
    this.cloud = cloud;
    this.settings = settings;
    this.before = cloud.cloudTime();
  }

  @Override
  public boolean piece(String piece) {
    text.append(piece);
    return true;
  }

  @Override
  public void complete(Completion answer) {
    DecodingMetrics metrics = answer.metrics();
    Times times = metrics.times();
    double millis = cloud.cloudTime().share(before, metrics.counts().requests()) / 1e6;
    // Where steps are sent ahead, the cloud may have computed longer than anybody waited for it.
    DecodingMetrics all = metrics.with(times.withCloud(Math.min(millis, times.network())));
    out.println(VisibleText.of(GenerationJson.of(answer.with(all), settings)));
    out.flush();
  }

  /** What was generated is the user's: it must not be lost with the rest of the object. */
  @Override
  public void brokenOff(RuntimeException cause, boolean interrupted) {
    out.println(
        VisibleText.of(
            GenerationJson.broken(
                text.toString(), cause, interrupted, settings.model(), settings.split())));
    out.flush();
  }
}
