package dev.bookend.evaluation.bench;

import com.google.gson.annotations.SerializedName;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.MetricsMap;
import dev.bookend.evaluation.report.Inline;
import dev.bookend.evaluation.report.ResultLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One prompt, decoded by one decoder configuration in one scenario; a line of {@code
 * measurements.jsonl}.
 *
 * @param key of all that it depends on; the same key is not measured twice
 * @param split which layers were at the edge
 * @param link the emulated link
 * @param rttMs the link's round trip in milliseconds
 * @param decoder name of the decoder configuration
 * @param category the prompt's
 * @param prompt its number, from 0
 * @param tokens what was generated
 * @param margins of each token's choice, to find near ties
 * @param metrics what it cost: the counts are those of the whole answer; times and bytes are of
 *     decoding alone, from the first token on, but for the times to the first token and of drafting
 */
public record Measurement(
    String key,
    String split,
    String link,
    double rttMs,
    @SerializedName("way") String decoder,
    String category,
    int prompt,
    List<Integer> tokens,
    List<Float> margins,
    @Inline(MetricsMap.PRESENT) DecodingMetrics metrics)
    implements ResultLog.Entry {

  /**
   * {@code measurements.jsonl}.
   *
   * @param directory that the file is in; empty: the log is kept in memory
   */
  public static ResultLog<Measurement> log(Optional<Path> directory) {
    return ResultLog.open(directory, "measurements.jsonl", Measurement.class);
  }

  /** The same, of a prompt with another number. */
  Measurement ofPrompt(int number) {
    return new Measurement(
        key, split, link, rttMs, decoder, category, number, tokens, margins, metrics);
  }

  Counts counts() {
    return metrics.counts();
  }

  Times times() {
    return metrics.times();
  }

  int roundTrips() {
    return counts().roundTrips();
  }

  int acceptedTokens() {
    return counts().acceptedTokens();
  }

  double decodeMs() {
    return times().decoding();
  }

  /** Accepted tokens per second of decoding. */
  double tokensPerSecond() {
    return acceptedTokens() * 1e3 / decodeMs();
  }

  /** Whether there was a round trip after the prefill; an answer of one token needs none. */
  boolean hasRoundTrips() {
    return roundTrips() > 0;
  }
}
