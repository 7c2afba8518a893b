package dev.bookend.server.tools;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.JavaValues;
import dev.bookend.server.http.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A call of a tool that a conversation has had, in the form in which chat templates take it. */
public final class PastCall {
  private PastCall() {}

  /** The call, whatever API has told it. */
  public static Map<String, Object> of(
      Optional<String> id, String name, Map<String, Object> arguments) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", name);
    function.put("arguments", arguments);
    Map<String, Object> call = new LinkedHashMap<>();
    id.ifPresent(given -> call.put("id", given));
    call.put("type", "function");
    call.put("function", function);
    return call;
  }

  /**
   * Its arguments, which clients of OpenAI's APIs send as text and templates want as an object.
   *
   * @param call which the parameter {@code arguments} belongs to
   * @param text its value
   */
  public static Map<String, Object> arguments(Parameters call, String text) {
    try {
      return JavaValues.map(JsonParser.parseString(text).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException | StackOverflowError e) {
      throw ApiException.parameter(call.name("arguments"), "is no JSON object");
    }
  }
}
