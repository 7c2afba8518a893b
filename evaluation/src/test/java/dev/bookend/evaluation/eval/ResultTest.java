package dev.bookend.evaluation.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.gson.JsonParser;
import dev.bookend.TextModel.Answer;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingMetrics.Counts;
import dev.bookend.decoding.DecodingMetrics.Times;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.evaluation.report.ResultLog;
import dev.bookend.model.runtime.TokenScore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results as lines of a log, whose names other programs read. */
class ResultTest {
  private static final Task.Likelihood CONTINUATION = new Task.Likelihood("2", "all", "a", "b");

  private static Result answered() {
    DecodingMetrics metrics =
        new DecodingMetrics(
            new Counts(3, 4, 1, 9, 7, 5, 0, 2),
            new Times(100, 200, 1, 2, 3, 4, 5, 6),
            new Bytes(10, 11),
            List.of());
    Generation generation =
        new Generation(List.of(7, 8), List.of(), FinishReason.LENGTH, "grpc://b:8001", metrics);
    return Result.answered(
        "k1",
        new Task.Answer("1", "all", "prompt", false, null, List.of()),
        new Answer("Hi", false, generation),
        1.5);
  }

  private static Result continued() {
    TokenScore[] scores = {new TokenScore(-2, true), new TokenScore(-4, false)};
    return Result.likelihood("k2", CONTINUATION, scores, 2.5);
  }

  private static List<String> names(Result result) {
    return List.copyOf(JsonParser.parseString(ResultLog.toJson(result)).getAsJsonObject().keySet());
  }

  @Test
  void aLineIsFlatAndHasTheNamesOfItsKindOnly() {
    List<String> names = new ArrayList<>(names(answered()));
    assertEquals(
        List.of(
            "key",
            "id",
            "category",
            "task",
            "answer",
            "token_ids",
            "finish_reason",
            "round_trips",
            "tokens_per_round_trip",
            "near_ties"),
        names.subList(0, 10));
    assertEquals(List.of("tokens", "ms"), names.subList(names.size() - 2, names.size()));
    assertEquals(
        List.of(
            "key",
            "id",
            "category",
            "task",
            "log_likelihood",
            "is_greedy",
            "bytes",
            "perplexity",
            "tokens",
            "ms"),
        names(continued()));
    assertEquals(
        List.of("key", "id", "category", "task", "error", "tokens", "ms"),
        names(Result.failed("k3", CONTINUATION, "no", 1)));
  }

  @Test
  void aLogGivesResultsBack(@TempDir Path directory) throws Exception {
    List<Result> results =
        List.of(answered(), continued(), Result.failed("k3", CONTINUATION, "no", 1));
    results.forEach(Result.log(Optional.of(directory))::add);
    ResultLog<Result> log = Result.log(Optional.of(directory));
    for (Result result : results) {
      assertEquals(Optional.of(result), log.get(result.key()));
    }
    assertEquals(3, Files.readAllLines(directory.resolve("results.jsonl")).size());
  }

  @Test
  void aLineOfAnEarlierVersionIsRead(@TempDir Path directory) throws Exception {
    Files.writeString(
        directory.resolve("results.jsonl"),
        """
        {"key":"k","id":"1","category":"all","task":"answer","answer":"Hi","token_ids":[7,8],\
        "finish_reason":"stop","tokens":2,"round_trips":4,"tokens_per_round_trip":1.75,\
        "near_ties":1,"ms":9.5}
        [1]
        {"key":"cut
        """);
    Result read = Result.log(Optional.of(directory)).get("k").orElseThrow();
    assertEquals(7, read.generated().metrics().counts().acceptedTokens());
    assertEquals(1, read.generated().metrics().counts().nearTies());
    assertNull(read.scored());
  }
}
