package dev.bookend.server.responses;

import com.google.gson.JsonObject;
import dev.bookend.server.http.Events;

/** Writes the events of one streamed response, numbered from 0. Not thread-safe. */
final class ResponseEvents {
  private int next;

  /** An event of some type, with its own fields. */
  String event(String type, JsonObject fields) {
    JsonObject event = new JsonObject();
    event.addProperty("type", type);
    event.addProperty("sequence_number", next++);
    fields.entrySet().forEach(field -> event.add(field.getKey(), field.getValue()));
    return "event: " + type + "\n" + Events.of(event);
  }
}
