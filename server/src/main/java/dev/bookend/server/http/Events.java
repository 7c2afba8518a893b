package dev.bookend.server.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;

/** JSON as the events of a stream. */
public final class Events {
  /** Ends a stream. */
  public static final String DONE = "data: [DONE]\n\n";

  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Events() {}

  /** JSON with nulls, without line breaks. */
  public static String json(JsonElement element) {
    return GSON.toJson(element);
  }

  /** One event, which JSON without line breaks fits into. */
  public static String of(JsonElement element) {
    return "data: " + json(element) + "\n\n";
  }
}
