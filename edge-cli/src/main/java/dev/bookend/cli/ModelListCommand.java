package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.error.VisibleText;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.part.LayerNumbers;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.StoredModel;
import dev.bookend.split.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bookend model list}. */
@Command(
    name = "list",
    description = {
      "List the models on this machine, also those that Hugging Face's tools, Ollama and LM Studio"
          + " keep.",
      "EDGE and CLOUD are the weights that each would hold at --split, as they are stored; 'plan'"
          + " says what an edge fetches for that.",
      "In the JSON, bytes is what the model's files take, weights_bytes all of its weights, and"
          + " edge_bytes and cloud_bytes are those at --split."
    })
final class ModelListCommand implements Runnable {
  @Mixin private SplitOption split;

  @Option(names = "--json", fallbackValue = "true", description = "Print a JSON array.")
  private boolean json;

  @Override
  public void run() {
    Split where = split.split();
    List<StoredModel> models = new ModelStore().list();
    if (json) {
      JsonArray array = new JsonArray();
      models.forEach(model -> array.add(toJson(model, where)));
      System.out.println(
          VisibleText.of(
              new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(array)));
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAME", "FAMILY", "SIZE", "EDGE", "CLOUD", "KEPT BY", ""));
    models.forEach(model -> rows.add(row(model, where)));
    TextTable.print(models.isEmpty() ? List.of() : rows);
  }

  private static List<String> row(StoredModel model, Split where) {
    ModelSummary summary = ModelSummary.of(model.path());
    String remark =
        summary
            .layersHere()
            .map(layers -> LayerNumbers.text(layers) + " only")
            .or(() -> summary.problem().map(ModelListCommand::reason))
            .orElse("");
    return List.of(
        VisibleText.line(model.name()),
        summary.config().map(config -> config.architecture().name()).orElse("–"),
        ByteAmounts.text(model.bytes()),
        amount(summary.edgeBytes(where)),
        amount(summary.cloudBytes(where)),
        model.keeper().word(),
        VisibleText.line(remark));
  }

  private static String amount(Optional<Long> bytes) {
    return bytes.map(ByteAmounts::text).orElse("–");
  }

  /** What is wrong, without the path before it and the advice after it. */
  private static String reason(String problem) {
    return problem.replaceFirst("^/[^:]*: ", "").replaceFirst("; .*$", "");
  }

  static JsonObject toJson(StoredModel model, Split where) {
    ModelSummary summary = ModelSummary.of(model.path());
    JsonObject object = new JsonObject();
    object.addProperty("name", model.name());
    object.addProperty("path", model.path().toString());
    object.addProperty("bytes", model.bytes());
    object.addProperty("kept_by", model.keeper().word());
    object.addProperty("edge_only", model.isPart());
    add(object, summary, where);
    return object;
  }

  /** Adds what the files say. */
  static void add(JsonObject object, ModelSummary summary, Split where) {
    summary.weightsBytes().ifPresent(bytes -> object.addProperty("weights_bytes", bytes));
    summary.problem().ifPresent(problem -> object.addProperty("problem", problem));
    summary.config().ifPresent(config -> add(object, config));
    summary
        .layersHere()
        .ifPresent(
            layers -> {
              JsonArray here = new JsonArray();
              layers.forEach(here::add);
              object.add("layers_here", here);
            });
    object.addProperty("split", where.toString());
    summary.edgeBytes(where).ifPresent(bytes -> object.addProperty("edge_bytes", bytes));
    summary.cloudBytes(where).ifPresent(bytes -> object.addProperty("cloud_bytes", bytes));
  }

  private static void add(JsonObject object, ModelConfig config) {
    object.addProperty("family", config.architecture().name());
    object.addProperty("layers", config.layers());
    object.addProperty("parameters", ModelSummary.parameters(config));
  }
}
