package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.speculation.DraftMerger.Contribution;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names are those that other programs know. */
class MetricsMapTest {
  private static final DecodingMetrics METRICS =
      new DecodingMetrics(
          new Counts(1, 20, 3, 40, 50, 6, 7, 8),
          new Times(1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5),
          new Bytes(1L << 40, 11),
          List.of(new Contribution("suffix", 12, 9), new Contribution("retrieval", 14, 10)));

  @Test
  void anAnswerShowsTheseFiguresInThisOrder() {
    List<String> names = new ArrayList<>(MetricsMap.counts(METRICS).keySet());
    names.addAll(MetricsMap.costs(METRICS).keySet());
    assertEquals(
        List.of(
            "round_trips",
            "tokens_per_round_trip",
            "near_ties",
            "reconnects",
            "ttft_ms",
            "bytes_sent",
            "bytes_received",
            "time_ms",
            "drafters"),
        names);
    assertEquals(
        "{network=3.5, cloud=4.5, edge=5.5, serialization=6.5, draft=7.5, reconnect=8.5}",
        MetricsMap.costs(METRICS).get("time_ms").toString());
    assertEquals(
        "{suffix={sent=12, accepted=9}, retrieval={sent=14, accepted=10}}",
        MetricsMap.costs(METRICS).get("drafters").toString());
  }

  @Test
  void aResultHoldsAllFiguresAndGivesThemBack() {
    Map<String, Object> all = MetricsMap.all(METRICS);
    assertEquals(
        List.of(
            "round_trips",
            "tokens_per_round_trip",
            "near_ties",
            "reconnects",
            "round_trips_ahead",
            "sent_tokens",
            "committed_tokens",
            "guesses",
            "prefilled_tokens",
            "requests",
            "decode_ms",
            "ttft_ms",
            "bytes_sent",
            "bytes_received",
            "network_ms",
            "cloud_ms",
            "edge_ms",
            "serialization_ms",
            "draft_ms",
            "reconnect_ms",
            "drafters"),
        List.copyOf(all.keySet()));
    assertEquals(26, all.get("guesses"));
    assertEquals(METRICS, MetricsMap.read(all));
  }

  @Test
  void resultsOfAnEarlierVersionLackSomeFigures() {
    DecodingMetrics read =
        MetricsMap.read(Map.of("round_trips", 7, "tokens_per_round_trip", 10.0 / 7));
    assertEquals(10, read.counts().acceptedTokens());
    assertEquals(List.of(), read.drafters());
    assertEquals(Bytes.NONE, read.bytes());
  }
}
