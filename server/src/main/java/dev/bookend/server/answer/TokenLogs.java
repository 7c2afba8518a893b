package dev.bookend.server.answer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.bookend.TokenLogProbability;
import java.util.List;

/** Log-probabilities of tokens as chat completions and responses show them. */
public final class TokenLogs {
  private TokenLogs() {}

  /** With the most probable tokens in each place. */
  public static JsonArray of(List<TokenLogProbability> tokens) {
    JsonArray all = new JsonArray();
    for (TokenLogProbability token : tokens) {
      JsonObject entry = described(token);
      JsonArray top = new JsonArray();
      token.top().forEach(other -> top.add(described(other)));
      entry.add("top_logprobs", top);
      all.add(entry);
    }
    return all;
  }

  private static JsonObject described(TokenLogProbability token) {
    JsonObject entry = new JsonObject();
    entry.addProperty("token", token.text());
    entry.addProperty("logprob", token.logProbability());
    entry.add("bytes", bytes(token));
    return entry;
  }

  /** Null where nobody knows them. */
  private static JsonElement bytes(TokenLogProbability token) {
    if (token.bytes().isEmpty() && !token.text().isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonArray bytes = new JsonArray();
    token.bytes().forEach(bytes::add);
    return bytes;
  }
}
