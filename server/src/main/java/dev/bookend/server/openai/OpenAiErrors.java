package dev.bookend.server.openai;

import com.google.gson.JsonObject;
import dev.bookend.server.http.ApiException;

/** Errors in the shape of OpenAI's API. */
public final class OpenAiErrors {
  private OpenAiErrors() {}

  /** {@code {"error": {...}}}. */
  public static JsonObject of(ApiException error) {
    JsonObject body = new JsonObject();
    body.addProperty("message", error.getMessage());
    body.addProperty("type", error.type());
    body.addProperty("param", error.parameter().orElse(null));
    body.addProperty("code", error.code());
    JsonObject all = new JsonObject();
    all.add("error", body);
    return all;
  }
}
