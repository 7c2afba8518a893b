package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tokens that a post-processor puts around a text.
 *
 * @param before ids
 * @param after ids
 */
record SurroundingTokens(List<Integer> before, List<Integer> after) {

  /** Those of a {@code tokenizer.json}; empty: its post-processor does something else. */
  static Optional<SurroundingTokens> of(JsonObject tokenizer) {
    SurroundingTokens tokens = new SurroundingTokens(new ArrayList<>(), new ArrayList<>());
    return !(tokenizer.get("post_processor") instanceof JsonObject processor)
            || tokens.add(processor)
        ? Optional.of(tokens)
        : Optional.empty();
  }

  private boolean add(JsonObject processor) {
    switch (processor.get("type").getAsString()) {
      case "ByteLevel":
        return true; // changes places in the text only
      case "Sequence":
        for (JsonElement step : processor.getAsJsonArray("processors")) {
          if (!add(step.getAsJsonObject())) {
            return false;
          }
        }
        return true;
      case "TemplateProcessing":
        addTemplate(
            processor.getAsJsonArray("single"), processor.getAsJsonObject("special_tokens"));
        return true;
      default:
        return false;
    }
  }

  private void addTemplate(JsonArray template, JsonObject special) {
    List<Integer> first = new ArrayList<>();
    List<Integer> last = new ArrayList<>();
    List<Integer> side = first;
    for (JsonElement element : template) {
      JsonObject step = element.getAsJsonObject();
      if (step.has("Sequence")) {
        side = last;
      } else {
        String name = step.getAsJsonObject("SpecialToken").get("id").getAsString();
        for (JsonElement id : special.getAsJsonObject(name).getAsJsonArray("ids")) {
          side.add(id.getAsInt());
        }
      }
    }
    before.addAll(0, first);
    after.addAll(last);
  }
}
