package dev.bookend.link;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The delays, bandwidths and loss of an emulated link.
 *
 * @param roundTrip time that an empty message takes there and back; half of it each way
 * @param jitter most by which a burst of bytes is late, uniformly at random; bytes stay in order
 * @param upBitsPerSecond bandwidth from the edge to the cloud; empty: unlimited
 * @param downBitsPerSecond bandwidth from the cloud to the edge; empty: unlimited
 * @param loss share of packets lost, in [0,1); TCP sends them again, so that what a lost packet
 *     carries and all behind it comes one round trip later
 */
public record LinkProfile(
    Duration roundTrip,
    Duration jitter,
    OptionalLong upBitsPerSecond,
    OptionalLong downBitsPerSecond,
    double loss) {
  /** Bytes of a packet: TCP's payload in an Ethernet frame. */
  public static final int PACKET = 1448;

  /** Adds nothing to the network that is there. */
  public static final LinkProfile NONE =
      new LinkProfile(Duration.ZERO, Duration.ZERO, OptionalLong.empty(), OptionalLong.empty(), 0);

  private static final Pattern QUANTITY = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([a-z%]*)");

  /**
   * Reads {@code rtt=80ms[,jitter=5ms][,up=20mbit][,down=100mbit][,loss=1%]}: times in us, ms or s,
   * bandwidth in bit, kbit, mbit or gbit per second.
   *
   * @throws IllegalArgumentException if it is of another form; the message is for the user
   */
  public static LinkProfile parse(String text) {
    Duration roundTrip = null;
    Duration jitter = Duration.ZERO;
    OptionalLong up = OptionalLong.empty();
    OptionalLong down = OptionalLong.empty();
    double loss = 0;
    for (String part : text.toLowerCase(Locale.ROOT).split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "'" + part + "' is not of the form key=value, e.g. rtt=80ms");
      }
      String value = part.substring(equals + 1).strip();
      String key = part.substring(0, equals).strip();
      switch (key) {
        case "rtt" -> roundTrip = parseTime(value);
        case "jitter" -> jitter = parseTime(value);
        case "up" -> up = OptionalLong.of(bandwidth(value));
        case "down" -> down = OptionalLong.of(bandwidth(value));
        case "loss" -> loss = share(value);
        default ->
            throw new IllegalArgumentException(
                "unknown key '" + key + "'; known are rtt, jitter, up, down, loss");
      }
    }
    if (roundTrip == null) {
      throw new IllegalArgumentException("rtt is missing, e.g. rtt=80ms");
    }
    return new LinkProfile(roundTrip, jitter, up, down, loss);
  }

  /** The same with another round trip. */
  public LinkProfile withRoundTrip(Duration time) {
    return new LinkProfile(time, jitter, upBitsPerSecond, downBitsPerSecond, loss);
  }

  /**
   * Reads a time in us, ms or s, e.g. {@code 80ms}.
   *
   * @throws IllegalArgumentException if it is none, or longer than a minute; the message is for the
   *     user
   */
  public static Duration parseTime(String value) {
    Matcher quantity = quantity(value);
    double nanos =
        Double.parseDouble(quantity.group(1))
            * switch (quantity.group(2)) {
              case "us" -> 1e3;
              case "ms" -> 1e6;
              case "s" -> 1e9;
              default ->
                  throw new IllegalArgumentException(
                      "'" + value + "' is not a time; write e.g. 80ms (us, ms or s)");
            };
    if (nanos > 60e9) {
      throw new IllegalArgumentException("'" + value + "' is longer than a minute");
    }
    return Duration.ofNanos(Math.round(nanos));
  }

  private static long bandwidth(String value) {
    Matcher quantity = quantity(value);
    double bits =
        Double.parseDouble(quantity.group(1))
            * switch (quantity.group(2)) {
              case "bit" -> 1;
              case "kbit" -> 1e3;
              case "mbit" -> 1e6;
              case "gbit" -> 1e9;
              default ->
                  throw new IllegalArgumentException(
                      "'" + value + "' is not a bandwidth; write e.g. 20mbit (bit to gbit)");
            };
    if (bits < 1000 || bits > 1e12) {
      throw new IllegalArgumentException("'" + value + "' is not between 1kbit and 1000gbit");
    }
    return Math.round(bits);
  }

  private static double share(String value) {
    Matcher quantity = quantity(value);
    double share =
        Double.parseDouble(quantity.group(1))
            / switch (quantity.group(2)) {
              case "" -> 1;
              case "%" -> 100;
              default ->
                  throw new IllegalArgumentException(
                      "'" + value + "' is not a share; write e.g. 1% or 0.01");
            };
    if (share > 0.5) {
      throw new IllegalArgumentException("a loss of '" + value + "' is more than half");
    }
    return share;
  }

  private static Matcher quantity(String value) {
    Matcher matcher = QUANTITY.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + value + "' is not a number with a unit");
    }
    return matcher;
  }
}
