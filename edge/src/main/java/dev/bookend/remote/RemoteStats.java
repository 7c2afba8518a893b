package dev.bookend.remote;

/**
 * What the cloud's part of a session has cost. Times are in nanoseconds of wall-clock time.
 *
 * @param requests steps sent: new tokens, parts of steps that were cut, and replays
 * @param reconnects how often the sequence had to begin anew
 * @param reconnectingNanos from losing the cloud until its first answer after that, all losses
 *     together
 * @param serializationNanos turning hidden states into messages and back
 * @param waitingNanos from when an answer is asked for until it is there: network and cloud
 */
public record RemoteStats(
    int requests,
    int reconnects,
    long reconnectingNanos,
    long serializationNanos,
    long waitingNanos) {}
