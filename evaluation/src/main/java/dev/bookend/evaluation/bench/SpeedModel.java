package dev.bookend.evaluation.bench;

import dev.bookend.edge.link.LinkProfile;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one way of decoding does over a link that was not measured, by what it did over others.
 *
 * <p>A round trip takes the link's time, which the link's profile and the bytes give, and a time
 * for computing, which grows with the tokens sent. Where the cost model decides how many these are,
 * it sends the more, and has the more accepted, the longer the link takes beside the computing.
 *
 * @param computing ms of a round trip at the edge and in the cloud, by tokens sent
 * @param up bytes of a round trip to the cloud, by tokens sent
 * @param down bytes of a round trip from the cloud, by tokens sent
 * @param tokens sent in a round trip, by {@link #wait}
 * @param accepted tokens committed by a round trip, by {@link #wait}
 * @param meanComputing ms
 */
record SpeedModel(
    Line computing, Line up, Line down, Line tokens, Line accepted, double meanComputing) {

  /** An answer, and the link that it was decoded over. */
  record Answer(Measurement measured, LinkProfile link) {
    private double perStep(ToDoubleFunction<Measurement> value) {
      return value.applyAsDouble(measured) / measured.roundTrips();
    }

    private double tokens() {
      return perStep(Measurement::sentTokens);
    }

    private double up() {
      return perStep(Measurement::bytesSent);
    }

    private double down() {
      return perStep(Measurement::bytesReceived);
    }

    private double computing() {
      return perStep(Measurement::decodeMs) - millis(link, up(), down());
    }
  }

  /** Least squares over answers, each as heavy as it has round trips. */
  record Line(double meanX, double meanY, double slope) {
    /** Where values differ by less than this share of their mean, a slope would be noise. */
    private static final double VARIES = 0.05;

    static Line fit(List<Answer> answers, ToDoubleFunction<Answer> x, ToDoubleFunction<Answer> y) {
      double meanX = mean(answers, x);
      double meanY = mean(answers, y);
      double variance = mean(answers, a -> Math.pow(x.applyAsDouble(a) - meanX, 2));
      double covariance =
          mean(answers, a -> (x.applyAsDouble(a) - meanX) * (y.applyAsDouble(a) - meanY));
      boolean varies = Math.sqrt(variance) > VARIES * meanX;
      // None of these falls: what looks so is noise.
      return new Line(meanX, meanY, varies ? Math.max(0, covariance / variance) : 0);
    }

    private static double mean(List<Answer> answers, ToDoubleFunction<Answer> value) {
      double sum = 0;
      double weights = 0;
      for (Answer answer : answers) {
        sum += value.applyAsDouble(answer) * answer.measured().roundTrips();
        weights += answer.measured().roundTrips();
      }
      return sum / weights;
    }

    double at(double x) {
      return meanY + slope * (x - meanX);
    }
  }

  /**
   * @param answers of one way of decoding, with one round trip or more each
   */
  static SpeedModel fit(List<Answer> answers) {
    Line computing = Line.fit(answers, Answer::tokens, Answer::computing);
    double mean = computing.meanY();
    ToDoubleFunction<Answer> wait = answer -> wait(answer.link(), mean);
    return new SpeedModel(
        computing,
        Line.fit(answers, Answer::tokens, Answer::up),
        Line.fit(answers, Answer::tokens, Answer::down),
        Line.fit(answers, wait, Answer::tokens),
        Line.fit(answers, wait, answer -> answer.perStep(Measurement::committedTokens)),
        mean);
  }

  /** Next to computing that takes much longer, the link's round trip makes no difference. */
  private static double wait(LinkProfile link, double computing) {
    return Math.log1p(rtt(link) / computing);
  }

  double tokens(LinkProfile link) {
    return tokens.at(wait(link, meanComputing));
  }

  double accepted(LinkProfile link) {
    return accepted.at(wait(link, meanComputing));
  }

  /** Committed tokens a second. */
  double speed(LinkProfile link) {
    double sent = tokens(link);
    double millis = millis(link, up.at(sent), down.at(sent)) + computing.at(sent);
    return 1e3 * accepted(link) / millis;
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
