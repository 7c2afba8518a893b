package dev.bookend.decoding;

import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.List;

/**
 * What decoding one answer has cost. Answers, measurements and results all hold this record, and
 * {@link MetricsMap} gives its figures their names in JSON: a new figure is declared here and named
 * there, and nowhere else. Immutable.
 *
 * @param drafters what each drafter has contributed, in the order of their names on the command
 *     line; empty in sequential decoding
 */
public record DecodingMetrics(
    Counts counts, Times times, Bytes bytes, List<Contribution> drafters) {
  public DecodingMetrics {
    drafters = List.copyOf(drafters);
  }

  /**
   * Counts, which are the same on any machine unless a cost model decided how many draft tokens to
   * send.
   *
   * @param prefilledTokens tokens of the prompt that were run, which those in a cache are not
   * @param roundTrips verifications; the prefill is not counted
   * @param roundTripsAhead those of them that were sent before the answer to the previous one had
   *     arrived
   * @param sentTokens tokens sent by those round trips, including all draft tokens
   * @param acceptedTokens tokens that those round trips added to the text: from each the token that
   *     it began with, and the accepted draft tokens
   * @param requests steps sent: of the prefill, of verifications, and those repeated on a new
   *     sequence
   * @param reconnects how often the sequence was lost and begun again on a server
   * @param nearTies tokens chosen with a margin below {@link Generation#NEAR_TIE}: another order of
   *     floating-point sums might have chosen otherwise
   */
  public record Counts(
      int prefilledTokens,
      int roundTrips,
      int roundTripsAhead,
      int sentTokens,
      int acceptedTokens,
      int requests,
      int reconnects,
      int nearTies) {
    /** Tokens added to the text by a round trip, on average; 0 if there was none. */
    public double tokensPerRoundTrip() {
      return roundTrips == 0 ? 0 : (double) acceptedTokens / roundTrips;
    }
  }

  /**
   * Wall-clock times in milliseconds.
   *
   * @param firstToken from the start to the first token
   * @param decoding from the first token to the end
   * @param network waiting for the cloud, without its own time as far as that is known
   * @param cloud the cloud's queue and computation by its own statistics; 0 where it was not asked
   * @param edge embedding, lower layers, upper layers and LM head
   * @param serialization turning tensors into messages
   * @param drafting proposing draft tokens; 0 in sequential decoding
   * @param reconnecting from losing the cloud until its first answer after that, all losses
   *     together
   */
  public record Times(
      double firstToken,
      double decoding,
      double network,
      double cloud,
      double edge,
      double serialization,
      double drafting,
      double reconnecting) {
    /** What a session has taken so far; the other times are 0. */
    public static Times of(SessionStats stats) {
      return new Times(
          0,
          0,
          stats.waitingNanos() / 1e6,
          0,
          stats.edgeNanos() / 1e6,
          stats.serializationNanos() / 1e6,
          0,
          stats.reconnectingNanos() / 1e6);
    }

    /** Each of these times less that of the other. */
    public Times minus(Times other) {
      return new Times(
          firstToken - other.firstToken,
          decoding - other.decoding,
          network - other.network,
          cloud - other.cloud,
          edge - other.edge,
          serialization - other.serialization,
          drafting - other.drafting,
          reconnecting - other.reconnecting);
    }

    /** The same with another time from the first token to the end. */
    public Times withDecoding(double millis) {
      return new Times(
          firstToken, millis, network, cloud, edge, serialization, drafting, reconnecting);
    }

    /** The same, with the cloud's own time told apart from the network's. */
    public Times withCloud(double millis) {
      return new Times(
          firstToken,
          decoding,
          Math.max(0, network - millis),
          millis,
          edge,
          serialization,
          drafting,
          reconnecting);
    }

    /** From the start to the end. */
    public double total() {
      return firstToken + decoding;
    }
  }

  /**
   * Bytes of the messages to and from the cloud, of all sessions of the model together; 0 where
   * nobody has counted them.
   */
  public record Bytes(long sent, long received) {
    /** Of messages that nobody has counted. */
    public static final Bytes NONE = new Bytes(0, 0);

    /** Each of these numbers less that of the other. */
    public Bytes minus(Bytes other) {
      return new Bytes(sent - other.sent, received - other.received);
    }
  }

  /**
   * What an answer has cost that a session has decoded.
   *
   * @param spent what the session has done for it
   * @param firstToken milliseconds from the start to the first token
   * @param decoding milliseconds from the first token to the end
   * @param drafting milliseconds spent on draft tokens
   */
  static DecodingMetrics of(
      SessionStats spent,
      int nearTies,
      double firstToken,
      double decoding,
      double drafting,
      List<Contribution> drafters) {
    Counts counts =
        new Counts(
            spent.promptTokens(),
            spent.roundTrips(),
            spent.roundTripsAhead(),
            spent.sentTokens(),
            spent.acceptedTokens(),
            spent.requests(),
            spent.reconnects(),
            nearTies);
    Times own = Times.of(spent);
    Times times =
        new Times(
            firstToken,
            decoding,
            own.network,
            0,
            own.edge,
            own.serialization,
            drafting,
            own.reconnecting);
    return new DecodingMetrics(counts, times, Bytes.NONE, drafters);
  }

  /** The same with other times. */
  public DecodingMetrics with(Times other) {
    return new DecodingMetrics(counts, other, bytes, drafters);
  }

  /** The same with the bytes that somebody has counted. */
  public DecodingMetrics with(Bytes counted) {
    return new DecodingMetrics(counts, times, counted, drafters);
  }
}
