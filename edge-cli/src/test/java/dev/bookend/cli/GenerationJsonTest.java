package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.split.SplitOptions;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationJsonTest {
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
