package dev.bookend.session;

/** Adds up what a session costs. */
public final class SessionMeter {
  private int promptTokens;
  private int roundTrips;
  private int roundTripsAhead;
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

  /** The next round trip was sent before the answer to the one before was there. */
  void ahead() {
    roundTripsAhead++;
  }

  void committed(int tokens) {
    committedTokens += tokens;
  }

  public void sent() {
    requests++;
  }

  public void reconnected() {
    reconnects++;
  }

  public void edge(long nanos) {
    edgeNanos += nanos;
  }

  public void serialization(long nanos) {
    serializationNanos += nanos;
  }

  public void waiting(long nanos) {
    waitingNanos += nanos;
  }

  SessionStats stats() {
    return new SessionStats(
        promptTokens,
        roundTrips,
        roundTripsAhead,
        sentTokens,
        committedTokens,
        requests,
        reconnects,
        edgeNanos,
        serializationNanos,
        waitingNanos);
  }
}
