package dev.bookend.server.responses;

import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.server.tools.Conversation;

/** The tokens that a response has used. */
final class ResponseUsage {
  private ResponseUsage() {}

  static JsonObject of(Completion completion, Conversation conversation) {
    int input = completion.promptTokens().size();
    int output = completion.tokens().size();
    JsonObject cached = new JsonObject();
    cached.addProperty("cached_tokens", completion.cachedPromptTokens());
    cached.addProperty("cache_write_tokens", 0); // nothing is charged for here
    JsonObject reasoning = new JsonObject();
    reasoning.addProperty("reasoning_tokens", conversation.reasoningTokens(completion));
    JsonObject usage = new JsonObject();
    usage.addProperty("input_tokens", input);
    usage.add("input_tokens_details", cached);
    usage.addProperty("output_tokens", output);
    usage.add("output_tokens_details", reasoning);
    usage.addProperty("total_tokens", input + output);
    return usage;
  }
}
