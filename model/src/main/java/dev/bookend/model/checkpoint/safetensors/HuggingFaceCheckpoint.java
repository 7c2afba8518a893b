package dev.bookend.model.checkpoint.safetensors;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Opens directories of the form that models have on Hugging Face's hub: {@code config.json}, {@code
 * tokenizer.json} and one {@code model.safetensors} or several that {@code
 * model.safetensors.index.json} names.
 */
public final class HuggingFaceCheckpoint {
  private static final String WEIGHTS = "model.safetensors";

  /** What the transformers library calls a model's {@code base_model_prefix}. */
  private static final String BASE = "model.";

  private HuggingFaceCheckpoint() {}

  public static Checkpoint open(Path directory) {
    JsonFields json = JsonFields.read(directory.resolve("config.json"));
    Path generation = directory.resolve("generation_config.json");
    Set<Integer> ends = new TreeSet<>();
    if (Files.exists(generation)) {
      ends.addAll(ConfigReader.endTokens(JsonFields.read(generation)));
    }
    ModelConfig config = new ConfigReader(json, ends).read();
    ends.addAll(ConfigReader.endTokens(json));
    ends.removeAll(config.endTokens());
    List<String> remarks =
        ends.stream()
            .map(id -> directory + ": eos_token_id " + id + " is ignored: there is no such token")
            .toList();
    Set<String> expected = config.tensors().shapes().keySet();
    StoredTensors tensors =
        tensors(directory).renamed(name -> named(config.architecture(), expected, name));
    return new FileCheckpoint(directory, config, () -> tokenizer(directory), tensors, remarks);
  }

  /**
   * The name that a tensor has in the model: as the transformers library does, {@code model.} is
   * put before it, or taken away, where only that makes a tensor of the model's.
   */
  private static String named(Architecture architecture, Set<String> expected, String name) {
    if (expected.contains(name)) {
      return name;
    }
    for (String other :
        List.of(BASE + name, name.startsWith(BASE) ? name.substring(BASE.length()) : name)) {
      if (expected.contains(other)
          || (!architecture.mayMeanOtherArithmetic(name)
              && architecture.mayMeanOtherArithmetic(other))) {
        return other;
      }
    }
    return name;
  }

  private static StoredTensors tensors(Path directory) {
    Path index = directory.resolve(WEIGHTS + ".index.json");
    if (Files.exists(directory.resolve(WEIGHTS))) {
      return SafetensorsFile.read(directory.resolve(WEIGHTS));
    }
    if (!Files.exists(index)) {
      throw new BookendException(
          ErrorCode.MODEL_NOT_FOUND,
          directory
              + ": neither "
              + WEIGHTS
              + " nor its index is there; fetch the model again, or convert other weights to it");
    }
    JsonFields map =
        JsonFields.read(index)
            .fields("weight_map")
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.MODEL_DAMAGED, index + ": weight_map is missing"));
    SortedMap<String, String> shardOf = new TreeMap<>();
    for (String tensor : map.object().keySet()) {
      String shard = map.text(tensor).orElse("");
      // A name with a separator could lead out of the directory.
      if (!shard.matches("[A-Za-z0-9_.-]+\\.safetensors")) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            index + ": weight_map names a file that is not in the same directory");
      }
      shardOf.put(tensor, shard);
    }
    return tensors(directory, shardOf);
  }

  /** Of a tensor that is in several files, the one in the file that the index names. */
  private static StoredTensors tensors(Path directory, SortedMap<String, String> shardOf) {
    StoredTensors all = new StoredTensors();
    for (String shard : new TreeSet<>(shardOf.values())) {
      StoredTensors tensors = SafetensorsFile.read(directory.resolve(shard));
      tensors
          .readable()
          .forEach(
              (name, tensor) -> {
                if (shardOf.getOrDefault(name, shard).equals(shard)) {
                  all.readable().put(name, tensor);
                }
              });
      tensors
          .others()
          .forEach(
              (name, tensor) -> {
                if (shardOf.getOrDefault(name, shard).equals(shard)) {
                  all.others().put(name, tensor);
                }
              });
    }
    return all;
  }

  private static TokenizerSource tokenizer(Path directory) {
    Path settings = directory.resolve("tokenizer_config.json");
    JsonFields json =
        Files.exists(settings)
            ? JsonFields.read(settings)
            : new JsonFields(settings, new JsonObject());
    Path template = directory.resolve("chat_template.jinja");
    SpecialTokens special = SpecialTokens.read(directory, json);
    return new TokenizerSource(
        special.mark(JsonFields.text(directory.resolve("tokenizer.json"))),
        Files.exists(template)
            ? Optional.of(new TemplateSource(template.toString(), JsonFields.text(template)))
            : chatTemplate(json),
        named(json, "tool_use"),
        special.named());
  }

  /** The field is a string, or a list of {name, template}, of which one is named default. */
  private static Optional<TemplateSource> chatTemplate(JsonFields json) {
    return json.element("chat_template").filter(JsonElement::isJsonArray).isPresent()
        ? named(json, "default")
        : json.text("chat_template").map(text -> source(json, text));
  }

  private static Optional<TemplateSource> named(JsonFields json, String name) {
    Optional<JsonElement> list = json.element("chat_template").filter(JsonElement::isJsonArray);
    if (list.isPresent()) {
      for (JsonElement named : list.get().getAsJsonArray()) {
        if (named.isJsonObject()) {
          JsonFields fields = new JsonFields(json.file(), named.getAsJsonObject());
          if (fields.text("name").equals(Optional.of(name))) {
            return fields.text("template").map(text -> source(json, text));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static TemplateSource source(JsonFields json, String text) {
    return new TemplateSource(json.file() + ": chat_template", text);
  }
}
