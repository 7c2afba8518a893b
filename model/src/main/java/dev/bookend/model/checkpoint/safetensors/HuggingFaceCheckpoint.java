package dev.bookend.model.checkpoint.safetensors;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.ConfigReader;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.JsonFields;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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

  private HuggingFaceCheckpoint() {}

  public static Checkpoint open(Path directory) {
    JsonFields json = JsonFields.read(directory.resolve("config.json"));
    Path generation = directory.resolve("generation_config.json");
    ModelConfig config =
        new ConfigReader(
                json,
                Files.exists(generation)
                    ? ConfigReader.endTokens(JsonFields.read(generation))
                    : new TreeSet<>())
            .read();
    return new FileCheckpoint(directory, config, () -> tokenizer(directory), tensors(directory));
  }

  private static SortedMap<String, StoredTensor> tensors(Path directory) {
    Path index = directory.resolve(WEIGHTS + ".index.json");
    if (Files.exists(directory.resolve(WEIGHTS))) {
      return new TreeMap<>(SafetensorsFile.read(directory.resolve(WEIGHTS)));
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
    TreeSet<String> shards = new TreeSet<>();
    for (String tensor : map.object().keySet()) {
      String shard = map.text(tensor).orElse("");
      // A name with a separator could lead out of the directory.
      if (!shard.matches("[A-Za-z0-9_.-]+\\.safetensors")) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            index + ": weight_map names a file that is not in the same directory");
      }
      shards.add(shard);
    }
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    for (String shard : shards) {
      Path file = directory.resolve(shard);
      SafetensorsFile.read(file)
          .forEach(
              (name, tensor) -> {
                if (tensors.put(name, tensor) != null) {
                  throw new BookendException(
                      ErrorCode.MODEL_DAMAGED,
                      file + ": tensor " + name + " is in another file too; fetch the model again");
                }
              });
    }
    return tensors;
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
            : chatTemplate(json)
                .map(text -> new TemplateSource(settings + ": chat_template", text)),
        special.named());
  }

  /** The field is a string, or a list of {name, template}, of which one is named default. */
  private static Optional<String> chatTemplate(JsonFields json) {
    Optional<JsonElement> element = json.element("chat_template");
    if (element.filter(JsonElement::isJsonArray).isEmpty()) {
      return json.text("chat_template");
    }
    for (JsonElement named : element.get().getAsJsonArray()) {
      if (named.isJsonObject()) {
        JsonFields fields = new JsonFields(json.file(), named.getAsJsonObject());
        if (fields.text("name").equals(Optional.of("default"))) {
          return fields.text("template");
        }
      }
    }
    return Optional.empty();
  }
}
