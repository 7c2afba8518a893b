package dev.bookend.evaluation.bench;

import dev.bookend.evaluation.report.ResultLog;
import java.nio.file.Path;
import java.util.List;

/**
 * One prompt, decoded in one way under one condition. Times and bytes are of decoding, without the
 * prompt and the first token, and of all steps together.
 *
 * @param key of all that it depends on; the same key is not measured twice
 * @param split which layers were at the edge
 * @param link the emulated link
 * @param rttMs its round trip
 * @param way how it was decoded
 * @param category the prompt's
 * @param prompt its number, from 0
 * @param tokens what was generated
 * @param margins of each token's choice, to tell near ties
 * @param roundTrips after the prompt's
 * @param roundTripsAhead those of them that were sent before the answer to the one before was there
 * @param sentTokens by those, guesses and all
 * @param committedTokens by those
 * @param guesses sent for each drafter, added up
 * @param reconnects how often the cloud was lost on the way
 * @param ttftMs from the start of the prompt to the first token
 * @param decodeMs from the first token to the last
 * @param networkMs waiting for the cloud, but for its computing
 * @param cloudMs its queue and computing, by its own statistics
 * @param edgeMs embedding, layers and LM head at the edge
 * @param serializationMs turning tensors into messages
 * @param draftMs guessing
 */
public record Measurement(
    String key,
    String split,
    String link,
    double rttMs,
    String way,
    String category,
    int prompt,
    List<Integer> tokens,
    List<Float> margins,
    int roundTrips,
    int roundTripsAhead,
    int sentTokens,
    int committedTokens,
    int guesses,
    int reconnects,
    double ttftMs,
    double decodeMs,
    double networkMs,
    double cloudMs,
    double edgeMs,
    double serializationMs,
    double draftMs,
    long bytesSent,
    long bytesReceived) {

  /** A log in memory. */
  public static ResultLog<Measurement> log() {
    return ResultLog.inMemory(Measurement::key);
  }

  /** {@code measurements.jsonl} in a directory. */
  public static ResultLog<Measurement> log(Path directory) {
    return ResultLog.in(
        directory.resolve("measurements.jsonl"), Measurement.class, Measurement::key);
  }

  /** The same, of a prompt with another number. */
  Measurement ofPrompt(int number) {
    return new Measurement(
        key,
        split,
        link,
        rttMs,
        way,
        category,
        number,
        tokens,
        margins,
        roundTrips,
        roundTripsAhead,
        sentTokens,
        committedTokens,
        guesses,
        reconnects,
        ttftMs,
        decodeMs,
        networkMs,
        cloudMs,
        edgeMs,
        serializationMs,
        draftMs,
        bytesSent,
        bytesReceived);
  }

  /** Committed tokens a second of decoding. */
  double tokensPerSecond() {
    return committedTokens * 1e3 / decodeMs;
  }

  /** Whether any step was measured: an answer of one token needs none. */
  boolean hasSteps() {
    return roundTrips > 0;
  }
}
