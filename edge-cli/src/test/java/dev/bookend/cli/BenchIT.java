package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import dev.bookend.model.SampleModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bookend bench} and {@code bookend verify} as processes, on the sample model. */
class BenchIT {
  private static Path prompts(Path directory) throws Exception {
    return Files.writeString(
        directory.resolve("prompts.jsonl"),
        "{\"category\": \"lists\", \"prompt\": \"Name the months of the year.\"}\n");
  }

  @Test
  void aSecondRunMeasuresOnlyWhatIsMissing(@TempDir Path directory) throws Exception {
    Path out = directory.resolve("out");
    String prompts = prompts(directory).toString();
    for (String drafters : new String[] {"suffix", "suffix", "suffix,ngram"}) {
      Result result =
          Launched.run(
              "bench",
              "--json",
              "--prompts",
              prompts,
              "--max-tokens",
              "12",
              "--drafters",
              drafters,
              "--draft-tokens",
              "4",
              "--rtt",
              "5ms",
              "--out",
              out.toString());
      assertEquals(0, result.code(), result.err());
      int lines = Files.readAllLines(out.resolve("measurements.jsonl")).size();
      assertEquals(drafters.equals("suffix") ? 2 : 3, lines);
      JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
      JsonArray rows =
          report.getAsJsonArray("tables").get(0).getAsJsonObject().getAsJsonArray("rows");
      assertEquals(lines, rows.size());
    }
    assertTrue(Files.readString(out.resolve("report.html")).contains("--draft-tokens 4"));
    assertTrue(
        Files.readString(out.resolve("decodings.csv")).contains("lists (tokens/round trip)"));
  }

  @Test
  void whatWasMeasuredWithADraftModelOfOtherWeightsIsMeasuredAgain(@TempDir Path directory)
      throws Exception {
    byte[] model = Files.readAllBytes(SampleModel.file());
    Path draft = Files.write(directory.resolve("draft.gguf"), model);
    Path out = directory.resolve("out");
    String prompts = prompts(directory).toString();
    List<Integer> measured = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      if (run == 2) {
        for (int i = model.length / 2; i < model.length; i++) {
          model[i] ^= 1; // the last bits of weights
        }
        Files.write(draft, model);
      }
      Result result =
          Launched.run(
              "bench",
              "--prompts",
              prompts,
              "--max-tokens",
              "4",
              "--drafters",
              "suffix,model:" + draft,
              "--guesses",
              "4",
              "--out",
              out.toString());
      assertEquals(0, result.code(), result.err());
      measured.add(Files.readAllLines(out.resolve("measurements.jsonl")).size());
    }
    assertEquals(List.of(3, 3, 4), measured);
  }

  @Test
  void theSplitModelSaysWhatTheWholeModelSays(@TempDir Path directory) throws Exception {
    Result result =
        Launched.run(
            "verify",
            "--json",
            "--prompts",
            prompts(directory).toString(),
            "--max-tokens",
            "12",
            "--drafters",
            "suffix");
    assertEquals(0, result.code(), result.err());
    JsonArray rows =
        JsonParser.parseString(result.out())
            .getAsJsonObject()
            .getAsJsonArray("tables")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("rows");
    assertEquals(2, rows.size());
    for (int i = 0; i < 2; i++) {
      double difference = rows.get(i).getAsJsonArray().get(6).getAsDouble();
      assertTrue(difference < 1e-3, "log-probabilities differ by " + difference);
    }
  }
}
