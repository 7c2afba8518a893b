package dev.bookend.decoding;

import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of {@link DecodingMetrics} by their names in JSON, which are stable: other programs
 * read them. Values are numbers and maps of numbers, in a fixed order, not rounded; times are in
 * milliseconds.
 */
public final class MetricsMap {
  /** A result has this name if and only if it has metrics. */
  public static final String PRESENT = "round_trips";

  private static final String TIMES = "time_ms";
  private static final String MILLIS = "_ms";

  private MetricsMap() {}

  /** The counts that an answer shows. */
  public static Map<String, Object> counts(DecodingMetrics metrics) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(PRESENT, metrics.counts().roundTrips());
    map.put("tokens_per_round_trip", metrics.counts().tokensPerRoundTrip());
    map.put("near_ties", metrics.counts().nearTies());
    map.put("reconnects", metrics.counts().reconnects());
    return map;
  }

  /** The times, bytes and drafters that an answer shows, which depend on the machine. */
  public static Map<String, Object> costs(DecodingMetrics metrics) {
    Times times = metrics.times();
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("network", times.network());
    parts.put("cloud", times.cloud());
    parts.put("edge", times.edge());
    parts.put("serialization", times.serialization());
    parts.put("draft", times.drafting());
    parts.put("reconnect", times.reconnecting());
    Map<String, Object> drafters = new LinkedHashMap<>();
    for (Contribution drafter : metrics.drafters()) {
      Map<String, Object> contribution = new LinkedHashMap<>();
      contribution.put("sent", drafter.sent());
      contribution.put("accepted", drafter.accepted());
      drafters.put(drafter.drafter(), contribution);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("ttft_ms", times.firstToken());
    map.put("bytes_sent", metrics.bytes().sent());
    map.put("bytes_received", metrics.bytes().received());
    map.put(TIMES, parts);
    map.put("drafters", drafters);
    return map;
  }

  /** All figures; the times have names of their own, such as {@code network_ms}. */
  public static Map<String, Object> all(DecodingMetrics metrics) {
    Counts counts = metrics.counts();
    Map<String, Object> map = new LinkedHashMap<>(counts(metrics));
    map.put("round_trips_ahead", counts.roundTripsAhead());
    map.put("sent_tokens", counts.sentTokens());
    map.put("committed_tokens", counts.acceptedTokens());
    map.put("guesses", metrics.drafters().stream().mapToInt(Contribution::sent).sum());
    map.put("prefilled_tokens", counts.prefilledTokens());
    map.put("requests", counts.requests());
    map.put("decode_ms", metrics.times().decoding());
    costs(metrics)
        .forEach(
            (name, cost) -> {
              if (name.equals(TIMES)) {
                map(cost).forEach((part, millis) -> map.put(part + MILLIS, millis));
              } else {
                map.put(name, cost);
              }
            });
    return map;
  }

  /**
   * Reads what {@link #all} gave, perhaps an earlier version's: what is missing is 0.
   *
   * @throws ClassCastException if a value is neither a number nor a map as it should be
   */
  public static DecodingMetrics read(Map<String, ?> map) {
    int roundTrips = (int) number(map, PRESENT);
    double accepted =
        map.containsKey("committed_tokens")
            ? number(map, "committed_tokens")
            : Math.rint(number(map, "tokens_per_round_trip") * roundTrips);
    Counts counts =
        new Counts(
            (int) number(map, "prefilled_tokens"),
            roundTrips,
            (int) number(map, "round_trips_ahead"),
            (int) number(map, "sent_tokens"),
            (int) accepted,
            (int) number(map, "requests"),
            (int) number(map, "reconnects"),
            (int) number(map, "near_ties"));
    Times times =
        new Times(
            number(map, "ttft_ms"),
            number(map, "decode_ms"),
            number(map, "network" + MILLIS),
            number(map, "cloud" + MILLIS),
            number(map, "edge" + MILLIS),
            number(map, "serialization" + MILLIS),
            number(map, "draft" + MILLIS),
            number(map, "reconnect" + MILLIS));
    Bytes bytes = new Bytes((long) number(map, "bytes_sent"), (long) number(map, "bytes_received"));
    List<Contribution> drafters = new ArrayList<>();
    map(map.get("drafters"))
        .forEach(
            (name, sums) ->
                drafters.add(
                    new Contribution(
                        name,
                        (int) number(map(sums), "sent"),
                        (int) number(map(sums), "accepted"))));
    return new DecodingMetrics(counts, times, bytes, drafters);
  }

  private static double number(Map<String, ?> map, String name) {
    Object value = map.get(name);
    return value == null ? 0 : ((Number) value).doubleValue();
  }

  @SuppressWarnings("unchecked") // the names in JSON are strings
  private static Map<String, Object> map(Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }
}
