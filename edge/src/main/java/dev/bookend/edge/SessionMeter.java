package dev.bookend.edge;

/** Adds up what a session costs. */
final class SessionMeter {
  private int promptTokens;
  private int roundTrips;
  private int sentTokens;
  private int committedTokens;
  private int requests;
  private int reconnects;
  private long edgeNanos;
  private long serializationNanos;
  private long waitingNanos;

  void prefilled(int tokens) {
    promptTokens += tokens;
  }

  /**
   * @param tokens how many were sent
   */
  void roundTrip(int tokens) {
    roundTrips++;
    sentTokens += tokens;
  }

  void committed(int tokens) {
    committedTokens += tokens;
  }

  void sent() {
    requests++;
  }

  void reconnected() {
    reconnects++;
  }

  void edge(long nanos) {
    edgeNanos += nanos;
  }

  void serialization(long nanos) {
    serializationNanos += nanos;
  }

  void waiting(long nanos) {
    waitingNanos += nanos;
  }

  SessionStats stats() {
    return new SessionStats(
        promptTokens,
        roundTrips,
        sentTokens,
        committedTokens,
        requests,
        reconnects,
        edgeNanos,
        serializationNanos,
        waitingNanos);
  }
}
