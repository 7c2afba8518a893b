package dev.bookend.session;

/**
 * What a session has cost. Times are in nanoseconds of wall-clock time.
 *
 * @param promptTokens tokens run by prefill
 * @param roundTrips verifications, one round trip each; prefill not counted
 * @param roundTripsAhead those of them that were sent before the answer to the one before was there
 * @param sentTokens tokens sent by those round trips, guesses and all
 * @param committedTokens tokens committed by those round trips
 * @param requests steps sent: prefill, verifications and replays
 * @param reconnects how often the session had to begin anew in the cloud
 * @param edgeNanos embedding, lower layers, upper layers and LM head
 * @param serializationNanos turning tensors into messages
 * @param waitingNanos from a message's sending to its answer: network and cloud
 */
public record SessionStats(
    int promptTokens,
    int roundTrips,
    int roundTripsAhead,
    int sentTokens,
    int committedTokens,
    int requests,
    int reconnects,
    long edgeNanos,
    long serializationNanos,
    long waitingNanos) {
  /** What has come since an earlier look at the same session. */
  public SessionStats minus(SessionStats earlier) {
    return new SessionStats(
        promptTokens - earlier.promptTokens,
        roundTrips - earlier.roundTrips,
        roundTripsAhead - earlier.roundTripsAhead,
        sentTokens - earlier.sentTokens,
        committedTokens - earlier.committedTokens,
        requests - earlier.requests,
        reconnects - earlier.reconnects,
        edgeNanos - earlier.edgeNanos,
        serializationNanos - earlier.serializationNanos,
        waitingNanos - earlier.waitingNanos);
  }

  /** Tokens committed by a round trip, on average; 0 if there was none. */
  public double tokensPerRoundTrip() {
    return roundTrips == 0 ? 0 : (double) committedTokens / roundTrips;
  }
}
