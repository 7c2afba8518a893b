package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.cli.Launched.Result;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code bookend attack --quick} as a process, on the sample model. */
class AttackIT {
  private static final int TOKENS = 4; // columns of the table
  private static final int CONTROL = 6;

  @Test
  void strongAttacksReadAllAndEachFailsWhereThereIsNothingToRead() throws Exception {
    Result result = Launched.run("attack", "--quick", "--json");
    assertEquals(0, result.code(), result.err());
    JsonObject report = JsonParser.parseString(result.out()).getAsJsonObject();
    JsonArray rows =
        report.getAsJsonArray("tables").get(0).getAsJsonObject().getAsJsonArray("rows");
    Map<String, Double> read = new HashMap<>();
    for (JsonElement row : rows) {
      JsonArray cells = row.getAsJsonArray();
      String attack = cells.get(0).getAsString() + ", " + cells.get(1).getAsString();
      read.put(attack, mean(row, TOKENS));
      assertTrue(mean(row, CONTROL) < 20, attack + ": control " + mean(row, CONTROL));
    }
    assertTrue(read.get("vocabulary matching, prompt") >= 99, read.toString());
    assertTrue(read.get("vocabulary matching, answer") >= 99, read.toString());
    assertTrue(read.get("output decoding, answer") >= 99, read.toString());
    assertTrue(read.get("most frequent token, prompt") < 20, read.toString());
    assertTrue(
        read.get("perceptron, prompt") > 20 + read.get("most frequent token, prompt"),
        read.toString());
    assertTrue(read.get("perceptron, imprinted, prompt") >= 85, read.toString());
    assertTrue(report.get("summary").getAsString().contains("100.0 % of the prompt"));
  }

  private static double mean(JsonElement row, int column) {
    return row.getAsJsonArray().get(column).getAsJsonObject().get("mean").getAsDouble();
  }
}
