package dev.bookend.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.bookend.error.VisibleText;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.part.LayerNumbers;
import dev.bookend.model.store.EdgeLayers;
import dev.bookend.model.store.ModelDescription;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.StoredModel;
import dev.bookend.split.Split;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bookend model show}. */
@Command(
    name = "show",
    description = {
      "Show what a model looks like, and what edge and cloud would hold of it at --split.",
      "Of a model on the hub only its configuration and the headers of its files are read.",
      "The JSON has what 'list' says, and more: edge_download_bytes is what an edge fetches into an"
          + " empty store, as 'plan' says it, which is its weights (edge_bytes), what describes the"
          + " model, and the beginnings of the other tensors, by which weights are told from others."
    })
final class ModelShowCommand implements Runnable {
  @Mixin private SplitOption split;

  @Parameters(paramLabel = "NAME|DIR|FILE", description = "As --model takes it.")
  private String name;

  @Option(names = "--json", fallbackValue = "true", description = "Print a JSON object.")
  private boolean json;

  @Override
  public void run() {
    Split where = split.split();
    ModelDescription description;
    try (ProgressBar progress = new ProgressBar()) {
      description = new ModelStore().describe(name, progress);
    }
    ModelSummary summary =
        description
            .path()
            .map(ModelSummary::of)
            .orElse(
                new ModelSummary(
                    Optional.of(description.header()), Optional.empty(), Optional.empty()));
    if (json) {
      System.out.println(
          VisibleText.of(
              new GsonBuilder()
                  .setPrettyPrinting()
                  .disableHtmlEscaping()
                  .create()
                  .toJson(toJson(description, summary, where))));
      return;
    }
    Map<String, String> lines = lines(description, summary, where);
    int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    lines.forEach(
        (label, value) ->
            System.out.println(
                label + " ".repeat(width - label.length() + 2) + VisibleText.line(value)));
  }

  private static Map<String, String> lines(
      ModelDescription description, ModelSummary summary, Split where) {
    ModelHeader header = description.header();
    ModelConfig config = header.config();
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("name", description.name());
    lines.put("path", description.path().map(Object::toString).orElse("on the hub, not here"));
    summary
        .layersHere()
        .ifPresent(layers -> lines.put("here", "only " + LayerNumbers.text(layers)));
    lines.put("family", config.architecture().name());
    lines.put("parameters", count(ModelSummary.parameters(config)));
    lines.put("layers", Integer.toString(config.layers()));
    lines.put("hidden size", config.hiddenSize() + ", in the MLP " + config.intermediateSize());
    lines.put(
        "heads", config.heads() + " of " + config.headDim() + ", KV heads " + config.kvHeads());
    lines.put("vocabulary", Integer.toString(config.vocabularySize()));
    lines.put("context", config.contextLength() + " tokens");
    config
        .slidingWindow()
        .ifPresent(window -> lines.put("window", window + " tokens in every layer"));
    lines.put(
        "stored as",
        ModelSummary.types(header).entrySet().stream()
            .map(type -> type.getKey() + " (" + ByteAmounts.text(type.getValue()) + ")")
            .collect(Collectors.joining(", ")));
    lines.put("weights", ByteAmounts.text(description.weights()));
    amount(summary.edgeBytes(where))
        .ifPresent(bytes -> lines.put("edge at " + where, bytes + " of the weights"));
    amount(summary.cloudBytes(where))
        .ifPresent(bytes -> lines.put("cloud at " + where, bytes + " of the weights"));
    return lines;
  }

  private static String count(long parameters) {
    return parameters < 1_000_000_000
        ? String.format(Locale.ROOT, "%.0f million", parameters / 1e6)
        : String.format(Locale.ROOT, "%.2f billion", parameters / 1e9);
  }

  private static Optional<String> amount(Optional<Long> bytes) {
    return bytes.map(ByteAmounts::text);
  }

  /** What 'list' says of it, where that knows it. */
  private static long bytes(Path path) {
    return new ModelStore()
        .list().stream()
            .filter(model -> model.path().equals(path))
            .map(StoredModel::bytes)
            .findFirst()
            .orElseGet(() -> ModelStore.bytes(path));
  }

  private static JsonObject toJson(
      ModelDescription description, ModelSummary summary, Split where) {
    JsonObject object = new JsonObject();
    object.addProperty("name", description.name());
    description.path().ifPresent(path -> object.addProperty("path", path.toString()));
    description.path().ifPresent(path -> object.addProperty("bytes", bytes(path)));
    object.addProperty("edge_only", summary.layersHere().isPresent());
    ModelListCommand.add(object, summary, where);
    if (summary.edgeBytes(where).isPresent()) { // else nothing is left for the cloud
      EdgeLayers layers = new EdgeLayers(where.lower(), where.upper());
      object.addProperty("edge_download_bytes", description.edgeDownload(layers));
    }
    ModelConfig config = description.header().config();
    object.addProperty("hidden_size", config.hiddenSize());
    object.addProperty("intermediate_size", config.intermediateSize());
    object.addProperty("heads", config.heads());
    object.addProperty("kv_heads", config.kvHeads());
    object.addProperty("head_dim", config.headDim());
    object.addProperty("vocabulary", config.vocabularySize());
    object.addProperty("context", config.contextLength());
    JsonObject types = new JsonObject();
    ModelSummary.types(description.header()).forEach(types::addProperty);
    object.add("types", types);
    return object;
  }
}
