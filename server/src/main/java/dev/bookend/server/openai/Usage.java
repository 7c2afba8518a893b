package dev.bookend.server.openai;

import com.google.gson.JsonObject;
import dev.bookend.Completion;
import dev.bookend.server.tools.Conversation;
import java.util.List;

/** The tokens that a request has used. */
final class Usage {
  private Usage() {}

  /**
   * Of all completions of a request.
   *
   * @param perPrompt how many of them share a prompt, whose tokens count once
   */
  static JsonObject of(List<Completion> completions, int perPrompt) {
    int prompt = 0;
    int cached = 0;
    int generated = 0;
    for (int i = 0; i < completions.size(); i++) {
      Completion completion = completions.get(i);
      generated += completion.tokens().size();
      if (i % perPrompt == 0) {
        prompt += completion.promptTokens().size();
        cached += completion.cachedPromptTokens();
      }
    }
    JsonObject usage = new JsonObject();
    usage.addProperty("prompt_tokens", prompt);
    usage.addProperty("completion_tokens", generated);
    usage.addProperty("total_tokens", prompt + generated);
    JsonObject details = new JsonObject();
    details.addProperty("cached_tokens", cached);
    usage.add("prompt_tokens_details", details);
    return usage;
  }

  /** Of all answers to a conversation. */
  static JsonObject of(List<Completion> completions, Conversation conversation) {
    JsonObject usage = of(completions, completions.size());
    JsonObject details = new JsonObject();
    details.addProperty(
        "reasoning_tokens", completions.stream().mapToInt(conversation::reasoningTokens).sum());
    usage.add("completion_tokens_details", details);
    return usage;
  }
}
