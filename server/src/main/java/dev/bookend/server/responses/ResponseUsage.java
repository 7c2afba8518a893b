package dev.bookend.server.responses;

import com.google.gson.JsonObject;
import dev.bookend.Completion;

/** The tokens that a response has used. */
final class ResponseUsage {
  private ResponseUsage() {}

  static JsonObject of(Completion completion) {
    int input = completion.promptTokens().size();
    int output = completion.tokens().size();
    JsonObject cached = new JsonObject();
    cached.addProperty("cached_tokens", completion.cachedPromptTokens());
    JsonObject reasoning = new JsonObject();
    reasoning.addProperty("reasoning_tokens", 0); // not told apart from the others
    JsonObject usage = new JsonObject();
    usage.addProperty("input_tokens", input);
    usage.add("input_tokens_details", cached);
    usage.addProperty("output_tokens", output);
    usage.add("output_tokens_details", reasoning);
    usage.addProperty("total_tokens", input + output);
    return usage;
  }
}
