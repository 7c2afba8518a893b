package dev.bookend.evaluation.bench;

import dev.bookend.link.LinkProfile;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How fast one decoder configuration is over a link that was not measured, fitted to measurements
 * over other links.
 *
 * <p>A round trip takes the link's time, which follows from the link's profile and the bytes, a
 * time for computing, which grows with the tokens sent, and a time for drafting. Where the cost
 * model decides how many draft tokens to make and to send, their number grows with the link's share
 * of the time, and so does the number of accepted tokens.
 *
 * @param computing ms of a round trip at the edge and in the cloud, by tokens sent
 * @param up bytes of a round trip to the cloud, by tokens sent
 * @param down bytes of a round trip from the cloud, by tokens sent
 * @param tokens sent in a round trip, by {@link #wait}
 * @param accepted tokens accepted from a round trip, by {@link #wait}
 * @param drafting ms of a round trip, by {@link #wait}
 * @param ahead share of the round trips that are sent before the answer to the previous one has
 *     arrived, and so take none of the link's time, by {@link #wait}
 * @param meanOther ms of a round trip that are not the link's
 */
record SpeedModel(
    Line computing,
    Line up,
    Line down,
    Line tokens,
    Line accepted,
    Line drafting,
    Line ahead,
    double meanOther) {

  /** A measured answer, and the link that it was decoded over. */
  record Sample(Measurement measured, LinkProfile link) {
    private double perRoundTrip(ToDoubleFunction<Measurement> value) {
      return value.applyAsDouble(measured) / measured.roundTrips();
    }

    private double tokens() {
      return perRoundTrip(m -> m.counts().sentTokens());
    }

    private double up() {
      return perRoundTrip(m -> m.metrics().bytes().sent());
    }

    private double down() {
      return perRoundTrip(m -> m.metrics().bytes().received());
    }

    private double drafting() {
      return perRoundTrip(m -> m.times().drafting());
    }

    private double ahead() {
      return perRoundTrip(m -> m.counts().roundTripsAhead());
    }

    private double computing() {
      double onTheLink = (1 - ahead()) * millis(link, up(), down());
      return perRoundTrip(Measurement::decodeMs) - drafting() - onTheLink;
    }
  }

  /** A line by least squares over samples, each weighted by its number of round trips. */
  record Line(double meanX, double meanY, double slope) {
    /** Where values differ by less than this share of their mean, a slope would be noise. */
    private static final double VARIES = 0.05;

    static Line fit(List<Sample> samples, ToDoubleFunction<Sample> x, ToDoubleFunction<Sample> y) {
      double meanX = mean(samples, x);
      double meanY = mean(samples, y);
      double variance = mean(samples, a -> Math.pow(x.applyAsDouble(a) - meanX, 2));
      double covariance =
          mean(samples, a -> (x.applyAsDouble(a) - meanX) * (y.applyAsDouble(a) - meanY));
      boolean varies = Math.sqrt(variance) > VARIES * meanX;
      // None of these quantities falls with x; a negative slope is noise.
      return new Line(meanX, meanY, varies ? Math.max(0, covariance / variance) : 0);
    }

    private static double mean(List<Sample> samples, ToDoubleFunction<Sample> value) {
      double sum = 0;
      double weights = 0;
      for (Sample sample : samples) {
        sum += value.applyAsDouble(sample) * sample.measured().roundTrips();
        weights += sample.measured().roundTrips();
      }
      return sum / weights;
    }

    double at(double x) {
      return meanY + slope * (x - meanX);
    }
  }

  /**
   * Fits a model.
   *
   * @param samples of one decoder configuration, with one round trip or more each
   * @param others those and the samples of other configurations with the same split, to learn how
   *     computing grows with the tokens sent: that does not depend on the drafters, and in one
   *     configuration alone the number of tokens may hardly vary
   */
  static SpeedModel fit(List<Sample> samples, List<Sample> others) {
    Line computing =
        new Line(
            Line.mean(samples, Sample::tokens),
            Line.mean(samples, Sample::computing),
            Line.fit(others, Sample::tokens, Sample::computing).slope());
    double mean = computing.meanY() + Line.mean(samples, Sample::drafting);
    ToDoubleFunction<Sample> wait = sample -> wait(sample.link(), mean);
    return new SpeedModel(
        computing,
        Line.fit(samples, Sample::tokens, Sample::up),
        Line.fit(samples, Sample::tokens, Sample::down),
        Line.fit(samples, wait, Sample::tokens),
        Line.fit(samples, wait, sample -> sample.perRoundTrip(Measurement::acceptedTokens)),
        Line.fit(samples, wait, Sample::drafting),
        Line.fit(samples, wait, Sample::ahead),
        mean);
  }

  /**
   * How long a link makes decoding wait, on a logarithmic scale on which the cost model's choices
   * change about linearly. It is near 0 where computing takes much longer than the link.
   *
   * @param other ms of a round trip that are not the link's
   */
  private static double wait(LinkProfile link, double other) {
    return Math.log1p(rtt(link) / other);
  }

  double tokens(LinkProfile link) {
    return tokens.at(wait(link, meanOther));
  }

  double accepted(LinkProfile link) {
    return accepted.at(wait(link, meanOther));
  }

  double drafting(LinkProfile link) {
    return drafting.at(wait(link, meanOther));
  }

  double ahead(LinkProfile link) {
    return ahead.at(wait(link, meanOther));
  }

  double onTheLink(LinkProfile link) {
    double sent = tokens(link);
    return (1 - ahead(link)) * millis(link, up.at(sent), down.at(sent));
  }

  double computing(LinkProfile link) {
    return computing.at(tokens(link));
  }

  /** Accepted tokens a second. */
  double speed(LinkProfile link) {
    return 1e3 * accepted(link) / (onTheLink(link) + computing(link) + drafting(link));
  }

  private static double rtt(LinkProfile link) {
    return link.roundTrip().toNanos() / 1e6;
  }

  /** How long a link takes for a message there and one back. */
  private static double millis(LinkProfile link, double up, double down) {
    double millis = rtt(link) + link.jitter().toNanos() / 1e6; // half of it each way, on average
    if (link.upBitsPerSecond().isPresent()) {
      millis += 8e3 * up / link.upBitsPerSecond().getAsLong();
    }
    if (link.downBitsPerSecond().isPresent()) {
      millis += 8e3 * down / link.downBitsPerSecond().getAsLong();
    }
    return millis + link.loss() * rtt(link) * (packets(up) + packets(down));
  }

  private static double packets(double bytes) {
    return Math.ceil(bytes / LinkProfile.PACKET);
  }
}
