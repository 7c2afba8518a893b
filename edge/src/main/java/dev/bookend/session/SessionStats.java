package dev.bookend.session;

/**
 * What a session has cost. Times are in nanoseconds of wall-clock time.
 *
 * @param promptTokens tokens run by prefill
 * @param roundTrips verifications, one round trip each; prefill not counted
 * @param roundTripsAhead those of them that were sent before the answer to the one before was there
 * @param sentTokens tokens sent by those round trips: draft tokens, padding and all
 * @param acceptedTokens tokens accepted from those round trips: draft tokens and the model's own
 * @param requests steps sent: prefill, verifications and replays
 * @param reconnects how often the session had to begin anew in the cloud
 * @param reconnectingNanos from losing the cloud until its first answer after that
 * @param edgeNanos embedding, lower layers, upper layers and LM head
 * @param serializationNanos turning hidden states into messages and back
 * @param waitingNanos from when an answer is asked for until it is there: network and cloud
 */
public record SessionStats(
    int promptTokens,
    int roundTrips,
    int roundTripsAhead,
    int sentTokens,
    int acceptedTokens,
    int requests,
    int reconnects,
    long reconnectingNanos,
    long edgeNanos,
    long serializationNanos,
    long waitingNanos) {
  /** Of a session that has done nothing. */
  public static final SessionStats NONE = new SessionStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** What has come since an earlier look at the same session. */
  public SessionStats minus(SessionStats earlier) {
    return new SessionStats(
        promptTokens - earlier.promptTokens,
        roundTrips - earlier.roundTrips,
        roundTripsAhead - earlier.roundTripsAhead,
        sentTokens - earlier.sentTokens,
        acceptedTokens - earlier.acceptedTokens,
        requests - earlier.requests,
        reconnects - earlier.reconnects,
        reconnectingNanos - earlier.reconnectingNanos,
        edgeNanos - earlier.edgeNanos,
        serializationNanos - earlier.serializationNanos,
        waitingNanos - earlier.waitingNanos);
  }

  /** Tokens accepted from a round trip, on average; 0 if there was none. */
  public double tokensPerRoundTrip() {
    return roundTrips == 0 ? 0 : (double) acceptedTokens / roundTrips;
  }
}
