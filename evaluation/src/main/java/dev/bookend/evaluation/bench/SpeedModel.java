package dev.bookend.evaluation.bench;

import dev.bookend.link.LinkProfile;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one way of decoding does over a link that was not measured, by what it did over others.
 *
 * <p>A round trip takes the link's time, which the link's profile and the bytes give, a time for
 * computing, which grows with the tokens sent, and one for drafting. Where the cost model decides
 * how many guesses to make and to send, they are the more, as are the tokens accepted, the longer
 * the link takes beside all else.
 *
 * @param computing ms of a round trip at the edge and in the cloud, by tokens sent
 * @param up bytes of a round trip to the cloud, by tokens sent
 * @param down bytes of a round trip from the cloud, by tokens sent
 * @param tokens sent in a round trip, by {@link #wait}
 * @param accepted tokens committed by a round trip, by {@link #wait}
 * @param drafting ms of a round trip, by {@link #wait}
 * @param ahead share of the round trips that are sent before the answer to the one before is there,
 *     and so take none of the link's time, by {@link #wait}
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

    private double drafting() {
      return perStep(Measurement::draftMs);
    }

    private double ahead() {
      return perStep(Measurement::roundTripsAhead);
    }

    private double computing() {
      double onTheLink = (1 - ahead()) * millis(link, up(), down());
      return perStep(Measurement::decodeMs) - drafting() - onTheLink;
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
   * @param others those and what other ways answered with the same split: layers take as long for
   *     as many tokens whoever guessed them, and one way alone may hardly vary
   */
  static SpeedModel fit(List<Answer> answers, List<Answer> others) {
    Line computing =
        new Line(
            Line.mean(answers, Answer::tokens),
            Line.mean(answers, Answer::computing),
            Line.fit(others, Answer::tokens, Answer::computing).slope());
    double mean = computing.meanY() + Line.mean(answers, Answer::drafting);
    ToDoubleFunction<Answer> wait = answer -> wait(answer.link(), mean);
    return new SpeedModel(
        computing,
        Line.fit(answers, Answer::tokens, Answer::up),
        Line.fit(answers, Answer::tokens, Answer::down),
        Line.fit(answers, wait, Answer::tokens),
        Line.fit(answers, wait, answer -> answer.perStep(Measurement::committedTokens)),
        Line.fit(answers, wait, Answer::drafting),
        Line.fit(answers, wait, Answer::ahead),
        mean);
  }

  /**
   * How long a link makes decoding wait, on a scale on which the cost model's choices change
   * evenly. Next to computing that takes much longer, the link makes no difference.
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

  /** Committed tokens a second. */
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
