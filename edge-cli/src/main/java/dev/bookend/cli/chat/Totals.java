package dev.bookend.cli.chat;

import dev.bookend.Completion;
import dev.bookend.decoding.DecodingMetrics;

/** What all answers since the shell began have cost together. */
public final class Totals {
  private int answers;
  private long promptTokens;
  private long cachedTokens;
  private long tokens;
  private long roundTrips;
  private long acceptedTokens;
  private long reconnects;
  private long bytesSent;
  private long bytesReceived;
  private double millis;

  void add(Completion completion) {
    DecodingMetrics metrics = completion.metrics();
    answers++;
    promptTokens += completion.promptTokens().size();
    cachedTokens += completion.cachedPromptTokens();
    tokens += completion.tokens().size();
    roundTrips += metrics.counts().roundTrips();
    acceptedTokens += metrics.counts().acceptedTokens();
    reconnects += metrics.counts().reconnects();
    bytesSent += metrics.bytes().sent();
    bytesReceived += metrics.bytes().received();
    millis += metrics.times().total();
  }

  /** How many answers there were. */
  public int answers() {
    return answers;
  }

  /** Tokens of all prompts, each time with the whole conversation. */
  public long promptTokens() {
    return promptTokens;
  }

  /** Those of them that a cache held. */
  public long cachedTokens() {
    return cachedTokens;
  }

  /** Tokens of all answers. */
  public long tokens() {
    return tokens;
  }

  /** Round trips of all answers. */
  public long roundTrips() {
    return roundTrips;
  }

  /** Tokens that a round trip brought, on average. */
  public double tokensPerRoundTrip() {
    return roundTrips == 0 ? 0 : (double) acceptedTokens / roundTrips;
  }

  /** How often the cloud was lost. */
  public long reconnects() {
    return reconnects;
  }

  /** Bytes to the cloud. */
  public long bytesSent() {
    return bytesSent;
  }

  /** Bytes from the cloud. */
  public long bytesReceived() {
    return bytesReceived;
  }

  /** From the start to the end, of all answers. */
  public double millis() {
    return millis;
  }
}
