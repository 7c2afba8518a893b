package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file for perf_analyzer. ForeignClientIT sends it to a server. */
class PerfInputTest {
  private static final ModelConfig MODEL = Families.QWEN3.checkpoint().config();

  @TempDir private Path directory;

  private static JsonArray sessions(Path file, ExportOptions options) throws Exception {
    PerfInput.write(file, MODEL, options);
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject().getAsJsonArray("data");
  }

  private static List<Integer> shape(JsonObject step, String tensor) {
    List<Integer> shape = new ArrayList<>();
    step.getAsJsonObject(tensor)
        .getAsJsonArray("shape")
        .forEach(dimension -> shape.add(dimension.getAsInt()));
    return shape;
  }

  private static ByteBuffer content(JsonObject step, String tensor) {
    String text = step.getAsJsonObject(tensor).getAsJsonObject("content").get("b64").getAsString();
    return ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void oneSessionDecodesByTokensAndOneByTrees() throws Exception {
    JsonArray sessions = sessions(directory.resolve("input.json"), ExportOptions.DEFAULT);
    assertEquals(2, sessions.size());
    List<List<Integer>> tokens = new ArrayList<>();
    for (JsonElement session : sessions) {
      List<Integer> each = new ArrayList<>();
      for (JsonElement step : session.getAsJsonArray()) {
        each.add(shape(step.getAsJsonObject(), "slots").get(0));
        assertEquals(List.of(128), shape(step.getAsJsonObject(), "cached"));
      }
      tokens.add(each);
    }
    List<Integer> sequential = new ArrayList<>(List.of(64));
    sequential.addAll(Collections.nCopies(16, 1));
    assertEquals(List.of(sequential, List.of(64, 16, 16, 16, 16, 16)), tokens);
  }

  @Test
  void theSameOptionsGiveTheSameFile() throws Exception {
    Path a = directory.resolve("a");
    Path b = directory.resolve("b");
    PerfInput.write(a, MODEL, ExportOptions.DEFAULT);
    PerfInput.write(b, MODEL, ExportOptions.DEFAULT);
    assertArrayEquals(Files.readAllBytes(a), Files.readAllBytes(b));
  }

  /** Whatever the limits are, tensors have the contract's shapes and steps follow its rules. */
  @Property(tries = 40)
  void everyStepKeepsTheContractAndTheLimits(
      @ForAll Precision precision,
      @ForAll @IntRange(min = 1, max = 40) int most,
      @ForAll @IntRange(min = 2, max = 200) int context)
      throws Exception {
    ExportOptions options =
        ExportOptions.DEFAULT
            .withPrecision(precision)
            .withMaxTokensPerStep(most)
            .withMaxContext(context);
    Path file = Files.createTempFile("perf", ".json");
    try {
      for (JsonElement session : sessions(file, options)) {
        for (JsonElement element : session.getAsJsonArray()) {
          JsonObject step = element.getAsJsonObject();
          assertEquals(Set.of("hidden", "positions", "slots", "cached", "tree"), step.keySet());
          int tokens = shape(step, "hidden").get(0);
          assertTrue(tokens >= 1 && tokens <= Math.min(most, context), tokens + " tokens");
          assertEquals(List.of(tokens, MODEL.hiddenSize()), shape(step, "hidden"));
          assertEquals(List.of(tokens), shape(step, "positions"));
          assertEquals(List.of(tokens), shape(step, "slots"));
          assertEquals(List.of(tokens, tokens), shape(step, "tree"));
          assertTrue(shape(step, "cached").get(0) <= options.maxSlots(MODEL));
          ByteBuffer hidden = content(step, "hidden");
          int bytes = precision.stored().bytes();
          assertEquals(tokens * MODEL.hiddenSize() * bytes, hidden.remaining());
          // Checks the sizes of the others, and the rules for slots.
          Step parsed =
              Step.of(
                  content(step, "positions"),
                  content(step, "slots"),
                  content(step, "cached"),
                  content(step, "tree"));
          for (int token = 0; token < tokens; token++) {
            assertTrue(parsed.positions().asIntBuffer().get(token) < context);
          }
        }
      }
    } finally {
      Files.delete(file);
    }
  }
}
