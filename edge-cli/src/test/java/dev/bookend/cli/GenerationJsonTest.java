package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.Completion;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.split.SplitOptions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationJsonTest {
  private static final Generation GENERATION =
      new Generation(
          List.of(7, 8),
          List.of(),
          FinishReason.LENGTH,
          "grpc://b:8001",
          new DecodingMetrics(
              new Counts(3, 4, 1, 9, 7, 5, 0, 2),
              new Times(100, 200, 1.23456, 2, 3, 4, 5, 6),
              new Bytes(10, 11),
              List.of(new Contribution("suffix", 5, 3))));

  private static JsonObject complete(Optional<Long> seed, OptionalInt exactRows) {
    GenerationJson.Settings settings =
        new GenerationJson.Settings(
            "smollm2", SplitOptions.DEFAULT, SpeculationOptions.Mode.SPECULATIVE, seed, exactRows);
    Completion answer =
        new Completion(
            "Hi",
            List.of(1, 2, 3),
            GENERATION.tokens(),
            GENERATION.finishReason(),
            List.of(),
            GENERATION);
    String json = GenerationJson.of(answer, settings);
    return JsonParser.parseString(json).getAsJsonObject();
  }

  @Test
  void aCompleteAnswerHasTheseNamesInThisOrder() {
    List<String> all =
        List.of(
            "text",
            "token_ids",
            "prompt_token_ids",
            "finish_reason",
            "prompt_tokens",
            "completion_tokens",
            "round_trips",
            "tokens_per_round_trip",
            "near_ties",
            "reconnects",
            "exact_rows",
            "tokens_per_second",
            "ttft_ms",
            "bytes_sent",
            "bytes_received",
            "time_ms",
            "drafters",
            "model",
            "split",
            "weights",
            "decode",
            "seed",
            "cloud",
            "served_by");
    JsonObject strict = complete(Optional.of(5L), OptionalInt.of(16));
    assertEquals(all, List.copyOf(strict.keySet()));
    JsonObject json = complete(Optional.empty(), OptionalInt.empty());
    assertEquals(
        all.stream().filter(name -> !name.equals("exact_rows") && !name.equals("seed")).toList(),
        List.copyOf(json.keySet()));
    assertEquals(
        List.of("network", "cloud", "edge", "serialization", "draft", "reconnect"),
        List.copyOf(json.getAsJsonObject("time_ms").keySet()));
    assertEquals("{\"suffix\":{\"sent\":5,\"accepted\":3}}", json.get("drafters").toString());
  }

  @Test
  void figuresHaveThreeDecimals() {
    JsonObject json = complete(Optional.empty(), OptionalInt.empty());
    assertEquals("1.75", json.get("tokens_per_round_trip").toString());
    assertEquals("6.667", json.get("tokens_per_second").toString());
    assertEquals("1.235", json.getAsJsonObject("time_ms").get("network").toString());
    assertEquals("10", json.get("bytes_sent").toString());
    assertEquals("\"length\"", json.get("finish_reason").toString());
  }

  private static JsonObject broken(ErrorCode code, boolean interrupted) {
    BookendException cause = new BookendException(code, "grpc://h:1: what happened");
    String json =
        GenerationJson.broken("Once upon", cause, interrupted, "smollm2", SplitOptions.DEFAULT);
    return JsonParser.parseString(json).getAsJsonObject();
  }

  @Test
  void anAnswerThatBreaksOffSaysWhyAndKeepsItsText() {
    JsonObject json = broken(ErrorCode.CLOUD_UNREACHABLE, false);
    assertEquals(
        Set.of("text", "finish_reason", "error", "model", "split", "cloud"), json.keySet());
    assertEquals("Once upon", json.get("text").getAsString());
    assertEquals("error", json.get("finish_reason").getAsString());
    assertEquals(
        "grpc://h:1: what happened; 'bookend doctor' with the same --cloud looks for the cause",
        json.get("error").getAsString());
    assertEquals("4:4", json.get("split").getAsString());
  }

  /** Only the user's Ctrl-C is: a call may be cancelled for other reasons too. */
  @Test
  void aCallThatWasCancelledWithoutTheUserIsAnError() {
    JsonObject json = broken(ErrorCode.CANCELLED, false);
    assertEquals("error", json.get("finish_reason").getAsString());
    assertEquals("grpc://h:1: what happened", json.get("error").getAsString());
  }

  @Test
  void anInterruptionIsNoError() {
    JsonObject json = broken(ErrorCode.CANCELLED, true);
    assertEquals("interrupted", json.get("finish_reason").getAsString());
    assertEquals(Set.of("text", "finish_reason", "model", "split", "cloud"), json.keySet());
  }
}
