package dev.bookend.remote;

/**
 * How long a server has computed the middle so far, for all clients together.
 *
 * @param requests number of requests that it has answered; 0 if it keeps no count
 * @param nanos time that these spent in its queue and computing, in nanoseconds
 * @param queueNanos time of that in its queue
 */
public record CloudTime(long requests, long nanos, long queueNanos) {
  /**
   * The time that falls to some of the requests since an earlier reading, in nanoseconds: their
   * share of all requests since then.
   *
   * @param own how many of the requests since then are meant
   */
  public long share(CloudTime earlier, int own) {
    long all = requests - earlier.requests;
    return all <= 0 ? 0 : (nanos - earlier.nanos) * Math.min(own, all) / all;
  }

  /**
   * How long a request has waited in the server's queue on average, of those since an earlier
   * reading, in nanoseconds; 0 where there was none.
   */
  public long meanQueue(CloudTime earlier) {
    long all = requests - earlier.requests;
    return all <= 0 ? 0 : Math.max(0, queueNanos - earlier.queueNanos) / all;
  }
}
