package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.TritonException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationJsonTest {
  private static JsonObject broken(TritonException.Kind kind) {
    TritonException cause = new TritonException(kind, "grpc://h:1: what happened", null);
    String json = GenerationJson.broken("Once upon", cause, "smollm2", SplitOptions.DEFAULT);
    return JsonParser.parseString(json).getAsJsonObject();
  }

  @Test
  void anAnswerThatBreaksOffSaysWhyAndKeepsItsText() {
    JsonObject json = broken(TritonException.Kind.UNREACHABLE);
    assertEquals(
        Set.of("text", "finish_reason", "error", "model", "split", "cloud"), json.keySet());
    assertEquals("Once upon", json.get("text").getAsString());
    assertEquals("error", json.get("finish_reason").getAsString());
    assertEquals("grpc://h:1: what happened", json.get("error").getAsString());
    assertEquals("4:4", json.get("split").getAsString());
  }

  @Test
  void anInterruptionIsNoError() {
    JsonObject json = broken(TritonException.Kind.CANCELLED);
    assertEquals("interrupted", json.get("finish_reason").getAsString());
    assertEquals(Set.of("text", "finish_reason", "model", "split", "cloud"), json.keySet());
  }
}
