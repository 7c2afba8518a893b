package dev.bookend.server.openai;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import java.nio.charset.StandardCharsets;

/** The bytes of a token's text, as log-probabilities show them. */
final class TokenBytes {
  private TokenBytes() {}

  /** Null where the token is only a part of a character, whose bytes its text does not tell. */
  static JsonElement of(String text) {
    if (text.indexOf('\uFFFD') >= 0) {
      return JsonNull.INSTANCE;
    }
    JsonArray bytes = new JsonArray();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(one & 0xFF);
    }
    return bytes;
  }
}
