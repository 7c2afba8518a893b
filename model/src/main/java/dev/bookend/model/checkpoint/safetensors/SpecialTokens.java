package dev.bookend.model.checkpoint.safetensors;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import dev.bookend.model.checkpoint.JsonFields;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The special tokens of a model's directory as transformers 5 finds them: in {@code
 * tokenizer_config.json}, and before that in {@code special_tokens_map.json} where the former is of
 * the old form without {@code added_tokens_decoder}.
 *
 * @param named the texts of those that have a name, as {@code bos_token}
 * @param others the texts of those that have none
 */
record SpecialTokens(Map<String, String> named, Set<String> others) {
  /** What the constructors of transformers' tokenizers have, by the class without "Fast". */
  private static final Map<String, Map<String, String>> DEFAULTS =
      Map.of(
          "LlamaTokenizer",
          Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>"),
          "GemmaTokenizer",
          Map.of(
              "bos_token",
              "<bos>",
              "eos_token",
              "<eos>",
              "unk_token",
              "<unk>",
              "pad_token",
              "<pad>"),
          "GPT2Tokenizer",
          sameText("bos_token", "eos_token", "unk_token"),
          "GPTNeoXTokenizer",
          sameText("bos_token", "eos_token", "unk_token"),
          "Qwen2Tokenizer",
          sameText("eos_token", "unk_token", "pad_token"));

  private static final String ADDED = "added_tokens";

  private static Map<String, String> sameText(String... keys) {
    return Stream.of(keys).collect(Collectors.toMap(key -> key, key -> "<|endoftext|>"));
  }

  static SpecialTokens read(Path directory, JsonFields settings) {
    SpecialTokens tokens = new SpecialTokens(new LinkedHashMap<>(), new LinkedHashSet<>());
    tokens.add(settings.object());
    Path map = directory.resolve("special_tokens_map.json");
    if (settings.element("added_tokens_decoder").isEmpty() && Files.exists(map)) {
      tokens.add(JsonFields.read(map).object());
    }
    tokens.addDefaults(settings);
    return tokens;
  }

  /**
   * Those that the tokenizer's class has by itself, as far as the settings do not name another or,
   * with null, none.
   */
  private void addDefaults(JsonFields settings) {
    String type = settings.text("tokenizer_class").orElse("").replaceFirst("Fast$", "");
    DEFAULTS
        .getOrDefault(type, Map.of())
        .forEach(
            (key, text) -> {
              if (!settings.object().has(key)) {
                named.putIfAbsent(key, text);
              }
            });
  }

  private void add(JsonObject file) {
    for (Map.Entry<String, JsonElement> entry : file.entrySet()) {
      String key = entry.getKey();
      if (key.endsWith("_token")) {
        text(entry.getValue()).ifPresent(text -> named.put(key, text));
      } else if (key.endsWith("_special_tokens")) {
        addSeveral(entry.getValue());
      }
    }
  }

  /** A list of tokens, or an object that gives them names. */
  private void addSeveral(JsonElement tokens) {
    if (tokens.isJsonArray()) {
      tokens.getAsJsonArray().forEach(token -> text(token).ifPresent(others::add));
    } else if (tokens.isJsonObject()) {
      tokens
          .getAsJsonObject()
          .entrySet()
          .forEach(token -> text(token.getValue()).ifPresent(t -> named.put(token.getKey(), t)));
    }
  }

  /** A token is a string, or an object with the string as its content. */
  private static Optional<String> text(JsonElement token) {
    JsonElement text = token.isJsonObject() ? token.getAsJsonObject().get("content") : token;
    boolean string = text != null && text.isJsonPrimitive() && text.getAsJsonPrimitive().isString();
    return string ? Optional.of(text.getAsString()) : Optional.empty();
  }

  /**
   * A {@code tokenizer.json} that knows all of these as special tokens, as far as its vocabulary
   * has them.
   */
  String mark(String tokenizerJson) {
    Set<String> missing = new HashSet<>(named.values());
    missing.addAll(others);
    missing.remove("");
    try {
      missing.removeAll(knownSpecial(tokenizerJson));
      return missing.isEmpty() ? tokenizerJson : withAdded(tokenizerJson, missing);
    } catch (IOException | JsonParseException | IllegalStateException | ClassCastException e) {
      return tokenizerJson; // whoever reads it next says what is wrong with it
    }
  }

  /** Reads no more of the file than up to these, for the vocabulary behind is large. */
  private static Set<String> knownSpecial(String tokenizerJson) throws IOException {
    JsonReader reader = new JsonReader(new StringReader(tokenizerJson));
    reader.beginObject();
    Set<String> known = new HashSet<>();
    while (reader.hasNext()) {
      if (!reader.nextName().equals(ADDED)) {
        reader.skipValue();
        continue;
      }
      for (JsonElement token : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonElement special = token.getAsJsonObject().get("special");
        if (special != null && special.getAsBoolean()) {
          text(token).ifPresent(known::add);
        }
      }
      break;
    }
    return known;
  }

  private static String withAdded(String tokenizerJson, Set<String> missing) {
    JsonObject json = JsonParser.parseString(tokenizerJson).getAsJsonObject();
    JsonArray added = json.has(ADDED) ? json.getAsJsonArray(ADDED) : new JsonArray();
    boolean changed = false;
    for (JsonElement token : added) {
      if (text(token).filter(missing::remove).isPresent()) {
        token.getAsJsonObject().addProperty("special", true);
        changed = true;
      }
    }
    Map<String, Integer> ids = ids(json.getAsJsonObject("model"), missing);
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      JsonObject token = new JsonObject();
      token.addProperty("id", entry.getValue());
      token.addProperty("content", entry.getKey());
      for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        token.addProperty(flag, false);
      }
      token.addProperty("special", true);
      added.add(token);
    }
    json.add(ADDED, added);
    return changed || !ids.isEmpty() ? json.toString() : tokenizerJson;
  }

  /** The ids of those that are in the vocabulary, which is an object or a list of pairs. */
  private static Map<String, Integer> ids(JsonObject model, Set<String> wanted) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    JsonElement vocabulary = model == null ? null : model.get("vocab");
    if (vocabulary != null && vocabulary.isJsonObject()) {
      for (String token : wanted) {
        JsonElement id = vocabulary.getAsJsonObject().get(token);
        if (id != null) {
          ids.put(token, id.getAsInt());
        }
      }
    } else if (vocabulary != null && vocabulary.isJsonArray()) {
      JsonArray pieces = vocabulary.getAsJsonArray();
      for (int id = 0; id < pieces.size(); id++) {
        String piece = pieces.get(id).getAsJsonArray().get(0).getAsString();
        if (wanted.contains(piece)) {
          ids.putIfAbsent(piece, id);
        }
      }
    }
    return ids;
  }
}
