package dev.bookend.server.page;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.server.http.ApiException;

/** JSON as the events of a stream, in the page's own words. */
final class PageEvents {
  static final String TYPE = "text/event-stream; charset=utf-8";
  static final String HEARTBEAT = ": still at work\n\n";

  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private PageEvents() {}

  /** One event with one thing in it. */
  static String of(String name, JsonElement value) {
    JsonObject event = new JsonObject();
    event.add(name, value);
    return "data: " + GSON.toJson(event) + "\n\n";
  }

  static String error(ApiException error) {
    JsonObject body = new JsonObject();
    body.addProperty("message", error.getMessage());
    body.addProperty("code", error.code());
    return of("error", body);
  }
}
