package dev.bookend.session;

import dev.bookend.remote.RemoteStats;

/** Adds up what a session costs at the edge. */
final class SessionMeter {
  private int promptTokens;
  private int roundTrips;
  private int roundTripsAhead;
  private int sentTokens;
  private int acceptedTokens;
  private long edgeNanos;

  void prefilled(int tokens) {
    promptTokens += tokens;
  }

  /**
   * Counts a round trip.
   *
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

  void accepted(int tokens) {
    acceptedTokens += tokens;
  }

  void edge(long nanos) {
    edgeNanos += nanos;
  }

  SessionStats stats(RemoteStats remote) {
    return new SessionStats(
        promptTokens,
        roundTrips,
        roundTripsAhead,
        sentTokens,
        acceptedTokens,
        remote.requests(),
        remote.reconnects(),
        remote.reconnectingNanos(),
        edgeNanos,
        remote.serializationNanos(),
        remote.waitingNanos());
  }
}
