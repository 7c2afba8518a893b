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
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
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
import java.util.function.Function;

/**
 * Opens directories of the form that models have on Hugging Face's hub: {@code config.json}, {@code
 * tokenizer.json} and one {@code model.safetensors} or several that {@code
 * model.safetensors.index.json} names.
 */
public final class HuggingFaceCheckpoint {
  private static final String WEIGHTS = "model.safetensors";

  private static final String INDEX = WEIGHTS + ".index.json";

  /** What the transformers library calls a model's {@code base_model_prefix}. */
  private static final String BASE = "model.";

  private HuggingFaceCheckpoint() {}

  /**
   * Opens a directory.
   *
   * @throws BookendException naming the file, if one is missing or damaged, or the model is not
   *     supported
   */
  public static Checkpoint open(Path directory) {
    Description description = Description.read(directory);
    StoredTensors<StoredTensor> tensors =
        description.tensors(
            isOneFile(directory), shard -> SafetensorsFile.read(directory.resolve(shard)));
    return new FileCheckpoint(
        directory, description.config, () -> tokenizer(directory), tensors, description.remarks);
  }

  /**
   * What the files of a directory say of the model.
   *
   * @throws BookendException as {@link #open}
   */
  public static ModelHeader header(Path directory) {
    return header(
        directory, isOneFile(directory), shard -> SafetensorsFile.places(directory.resolve(shard)));
  }

  /**
   * The same where the weights are elsewhere.
   *
   * @param oneFile whether all tensors are in {@code model.safetensors}, rather than in the files
   *     that the index names
   * @param shards gives where the tensors of a file are
   */
  public static ModelHeader header(
      Path directory, boolean oneFile, Function<String, StoredTensors<TensorPlace>> shards) {
    Description description = Description.read(directory);
    return new ModelHeader(directory, description.config, description.tensors(oneFile, shards));
  }

  private static boolean isOneFile(Path directory) {
    return Files.exists(directory.resolve(WEIGHTS));
  }

  /** The configuration, and what is to be said of it. */
  private record Description(Path directory, ModelConfig config, List<String> remarks) {
    static Description read(Path directory) {
      Path file = directory.resolve("config.json");
      if (!Files.exists(file)) {
        throw new BookendException(
            ErrorCode.MODEL_NOT_FOUND,
            directory
                + " holds no model, or not all of one: there is no config.json in it; a GGUF file is"
                + " named by itself");
      }
      JsonFields json = JsonFields.read(file);
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
      return new Description(directory, config, remarks);
    }

    <T> StoredTensors<T> tensors(boolean oneFile, Function<String, StoredTensors<T>> shards) {
      Set<String> expected = config.tensors().shapes().keySet();
      StoredTensors<T> all = oneFile ? shards.apply(WEIGHTS) : merged(shardOf(directory), shards);
      return all.renamed(name -> named(config.architecture(), expected, name));
    }
  }

  /** What the user should know about the files of a directory, as {@link Checkpoint#remarks}. */
  public static List<String> remarks(Path directory) {
    return Description.read(directory).remarks;
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

  /** The names of the files that a directory's index names. */
  public static List<String> shards(Path directory) {
    return List.copyOf(new TreeSet<>(shardOf(directory).values()));
  }

  /** The file of each tensor, from the index. */
  private static SortedMap<String, String> shardOf(Path directory) {
    Path index = directory.resolve(INDEX);
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
    return shardOf;
  }

  /** Of a tensor that is in several files, the one in the file that the index names. */
  private static <T> StoredTensors<T> merged(
      SortedMap<String, String> shardOf, Function<String, StoredTensors<T>> shards) {
    StoredTensors<T> all = new StoredTensors<>();
    for (String shard : new TreeSet<>(shardOf.values())) {
      StoredTensors<T> tensors = shards.apply(shard);
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

  /** The tokenizer that a directory describes. */
  public static TokenizerSource tokenizer(Path directory) {
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
