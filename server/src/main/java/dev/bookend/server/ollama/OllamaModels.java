package dev.bookend.server.ollama;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.template.ChatTemplate;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.server.tools.ToolForm;
import java.util.Locale;
import java.util.Optional;

/** The served model as Ollama's API describes models. */
final class OllamaModels {
  private static final String TAG = ":latest";

  private OllamaModels() {}

  /** A name without a tag means the latest, and so does that tag. */
  static void require(ServedModel model, String name) {
    if (!model.names().contains(name) && name.endsWith(TAG)) {
      model.require(name.substring(0, name.length() - TAG.length()));
    } else {
      model.require(name);
    }
  }

  static JsonObject list(ServedModel model) {
    JsonArray models = new JsonArray();
    for (String name : model.names()) {
      String tagged = name.contains(":") ? name : name + TAG;
      JsonObject entry = new JsonObject();
      entry.addProperty("name", tagged);
      entry.addProperty("model", tagged);
      entry.addProperty("modified_at", model.opened().toString());
      entry.addProperty("size", 0);
      entry.addProperty("digest", "");
      entry.add("details", details(model));
      models.add(entry);
    }
    JsonObject all = new JsonObject();
    all.add("models", models);
    return all;
  }

  private static String family(ServedModel model) {
    ModelConfig config = model.bookend().model().model().config();
    return config.architecture().name().toLowerCase(Locale.ROOT);
  }

  private static JsonObject details(ServedModel model) {
    JsonArray families = new JsonArray();
    families.add(family(model));
    JsonObject details = new JsonObject();
    details.addProperty("parent_model", "");
    details.addProperty("format", "");
    details.addProperty("family", family(model));
    details.add("families", families);
    details.addProperty("parameter_size", "");
    details.addProperty("quantization_level", "");
    return details;
  }

  static JsonObject show(ServedModel model) {
    ModelConfig config = model.bookend().model().model().config();
    Optional<ChatTemplate> template = model.bookend().model().chatTemplate();
    JsonObject info = new JsonObject();
    info.addProperty("general.architecture", family(model));
    info.addProperty(family(model) + ".context_length", config.contextLength());
    info.addProperty(family(model) + ".embedding_length", config.hiddenSize());
    info.addProperty(family(model) + ".block_count", config.layers());
    JsonArray capabilities = new JsonArray();
    capabilities.add("completion");
    String tools = template.map(one -> one.text(true)).orElse("");
    if (tools.contains("tools") && ToolForm.of(tools).isPresent()) {
      capabilities.add("tools");
    }
    if (tools.contains("enable_thinking")) {
      capabilities.add("thinking");
    }
    JsonObject all = new JsonObject();
    all.addProperty("modelfile", "");
    all.addProperty("parameters", "");
    all.addProperty("template", template.map(one -> one.text(false)).orElse(""));
    all.add("details", details(model));
    all.add("model_info", info);
    all.add("capabilities", capabilities);
    all.addProperty("modified_at", model.opened().toString());
    return all;
  }
}
