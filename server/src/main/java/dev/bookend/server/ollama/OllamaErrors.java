package dev.bookend.server.ollama;

import com.google.gson.JsonObject;
import dev.bookend.server.http.ApiException;

/** Errors in the shape of Ollama's API. */
public final class OllamaErrors {
  private OllamaErrors() {}

  /** {@code {"error": "..."}}. */
  public static JsonObject of(ApiException error) {
    JsonObject body = new JsonObject();
    body.addProperty("error", error.getMessage());
    return body;
  }
}
