package dev.bookend.model.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.model.ModelException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tokenizer in a GGUF header as a {@code tokenizer.json}. The header holds the vocabulary and
 * the merges, and names how text is split before; what stands behind those names is here, from the
 * {@code tokenizer.json} of the model families themselves.
 */
record GgufTokenizer(GgufMetadata metadata) {
  private static final String KEY = "tokenizer.ggml.";
  private static final int MAX_ID = 1 << 24;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;

  /** Ends of a chat turn, where the vocabulary has them: a model's one EOS may be another. */
  private static final Set<String> TURN_ENDS =
      Set.of("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>");

  private static final String LLAMA3_SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String QWEN2_SPLIT = LLAMA3_SPLIT.replace("\\p{N}{1,3}", "\\p{N}");

  private static final String TEKKEN_SPLIT =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** How text is split: steps before byte-level, whether that splits as GPT-2 does, and so on. */
  private record Splitting(
      String step, boolean gpt2Split, boolean ignoreMerges, boolean normalize, boolean beginning) {}

  private static final Map<String, Splitting> SPLITTINGS =
      Map.of(
          "gpt-2", new Splitting("", true, false, false, false),
          "default", new Splitting("", true, false, false, false),
          "smollm",
              new Splitting(
                  "{\"type\":\"Digits\",\"individual_digits\":true}", true, false, false, false),
          "llama-bpe", new Splitting(split(LLAMA3_SPLIT), false, true, false, true),
          "tekken", new Splitting(split(TEKKEN_SPLIT), false, true, false, true),
          "qwen2", new Splitting(split(QWEN2_SPLIT), false, false, true, false));

  private static String split(String pattern) {
    return "{\"type\":\"Split\",\"pattern\":{\"Regex\":\""
        + pattern.replace("\\", "\\\\")
        + "\"},\"behavior\":\"Isolated\",\"invert\":false}";
  }

  /** Ids that end a generation; empty where the file has no tokenizer. */
  static Set<Integer> endTokens(GgufMetadata metadata) {
    Set<Integer> ids = new TreeSet<>();
    for (String name : List.of("eos", "eot", "eom")) {
      metadata.integer(KEY + name + "_token_id", 0, MAX_ID).ifPresent(ids::add);
    }
    List<String> tokens = metadata.list(KEY + "tokens", String.class).orElse(List.of());
    List<Long> types = metadata.list(KEY + "token_type", Long.class).orElse(List.of());
    for (int id = 0; id < Math.min(tokens.size(), types.size()); id++) {
      if (types.get(id) == CONTROL && TURN_ENDS.contains(tokens.get(id))) {
        ids.add(id);
      }
    }
    return ids;
  }

  /**
   * Rebuilds the tokenizer.
   *
   * @throws ModelException if it is of a kind that is not known here
   */
  TokenizerSource source() {
    List<String> tokens = list("tokens", String.class);
    List<Long> types =
        metadata
            .list(KEY + "token_type", Long.class)
            .orElseGet(() -> Collections.nCopies(tokens.size(), 1L));
    requireOnePerToken(tokens, types, "token_type");
    JsonObject json = new JsonObject();
    json.addProperty("version", "1.0");
    json.add("added_tokens", addedTokens(tokens, types));
    boolean beginning =
        switch (metadata.require(KEY + "model")) {
          case "gpt2" -> byteLevelBpe(json, tokens);
          case "llama" -> sentencePiece(json, tokens, types);
          default -> throw unsupported("tokenizer " + metadata.require(KEY + "model"));
        };
    Optional<String> bos = special("bos", tokens);
    if (metadata.flag(KEY + "add_bos_token").orElse(beginning)) {
      String token =
          bos.orElseThrow(
              () -> new ModelException(metadata.file() + ": " + KEY + "bos_token_id is missing"));
      json.add("post_processor", beginWith(token, tokens.indexOf(token)));
    }
    return new TokenizerSource(
        json.toString(), metadata.text("tokenizer.chat_template"), bos, special("eos", tokens));
  }

  /** Fills in the parts of the kind; returns whether it begins with BOS unless told otherwise. */
  private boolean byteLevelBpe(JsonObject json, List<String> tokens) {
    String name = metadata.require(KEY + "pre");
    Splitting splitting = SPLITTINGS.get(name);
    if (splitting == null) {
      throw unsupported("pre-tokenizer " + name);
    }
    if (splitting.normalize) {
      json.add("normalizer", JsonParser.parseString("{\"type\":\"NFC\"}"));
    }
    json.add("pre_tokenizer", preTokenizer(splitting));
    json.add("decoder", byteLevel(true));
    JsonArray merges = new JsonArray();
    list("merges", String.class).forEach(merges::add);
    JsonObject model = bpe(tokens);
    model.addProperty("ignore_merges", splitting.ignoreMerges);
    model.add("merges", merges);
    json.add("model", model);
    return splitting.beginning;
  }

  private boolean sentencePiece(JsonObject json, List<String> tokens, List<Long> types) {
    List<Double> scores = list("scores", Double.class);
    requireOnePerToken(tokens, scores, "scores");
    SentencePieceTokenizer pieces =
        new SentencePieceTokenizer(
            metadata.file(),
            tokens,
            types,
            scores,
            metadata.flag(KEY + "add_space_prefix").orElse(true));
    json.add("normalizer", pieces.normalizer());
    json.add("decoder", pieces.decoder());
    JsonObject model = bpe(tokens);
    pieces.complete(model);
    json.add("model", model);
    return true;
  }

  private void requireOnePerToken(List<?> tokens, List<?> values, String name) {
    if (values.size() != tokens.size()) {
      throw new ModelException(
          metadata.file()
              + ": corrupt: "
              + KEY
              + name
              + " has "
              + values.size()
              + " elements for "
              + tokens.size()
              + " tokens; fetch it again");
    }
  }

  private Optional<String> special(String name, List<String> tokens) {
    return metadata
        .integer(KEY + name + "_token_id", 0, MAX_ID)
        .filter(id -> id < tokens.size())
        .map(tokens::get);
  }

  private static JsonArray addedTokens(List<String> tokens, List<Long> types) {
    JsonArray added = new JsonArray();
    for (int id = 0; id < tokens.size(); id++) {
      long type = types.get(id);
      if (type == CONTROL || type == USER_DEFINED) {
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", tokens.get(id));
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
          token.addProperty(flag, false);
        }
        token.addProperty("special", type == CONTROL);
        added.add(token);
      }
    }
    return added;
  }

  private static JsonObject preTokenizer(Splitting splitting) {
    JsonArray steps = new JsonArray();
    if (!splitting.step.isEmpty()) {
      steps.add(JsonParser.parseString(splitting.step));
    }
    steps.add(byteLevel(splitting.gpt2Split));
    JsonObject sequence = new JsonObject();
    sequence.addProperty("type", "Sequence");
    sequence.add("pretokenizers", steps);
    return sequence;
  }

  /** Pre-tokenizer and decoder have the same form; a decoder does not look at its settings. */
  private static JsonObject byteLevel(boolean gpt2Split) {
    JsonObject json = new JsonObject();
    json.addProperty("type", "ByteLevel");
    json.addProperty("add_prefix_space", false);
    json.addProperty("trim_offsets", true);
    json.addProperty("use_regex", gpt2Split);
    return json;
  }

  private static JsonObject beginWith(String token, int id) {
    JsonObject json =
        JsonParser.parseString(
                "{\"type\":\"TemplateProcessing\","
                    + "\"single\":[{\"SpecialToken\":{\"type_id\":0}},"
                    + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],"
                    + "\"pair\":[{\"SpecialToken\":{\"type_id\":0}},"
                    + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
                    + "{\"SpecialToken\":{\"type_id\":1}},"
                    + "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],"
                    + "\"special_tokens\":{}}")
            .getAsJsonObject();
    for (String template : List.of("single", "pair")) {
      json.getAsJsonArray(template)
          .forEach(
              piece -> {
                JsonObject special = piece.getAsJsonObject().getAsJsonObject("SpecialToken");
                if (special != null) {
                  special.addProperty("id", token);
                }
              });
    }
    JsonArray ids = new JsonArray();
    ids.add(id);
    JsonArray texts = new JsonArray();
    texts.add(token);
    JsonObject special = new JsonObject();
    special.addProperty("id", token);
    special.add("ids", ids);
    special.add("tokens", texts);
    json.getAsJsonObject("special_tokens").add(token, special);
    return json;
  }

  private JsonObject bpe(List<String> tokens) {
    JsonObject vocabulary = new JsonObject();
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.addProperty(tokens.get(id), id);
    }
    if (vocabulary.size() != tokens.size()) {
      throw new ModelException(metadata.file() + ": a token of the vocabulary comes twice");
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "BPE");
    model.add("vocab", vocabulary);
    return model;
  }

  private <T> List<T> list(String name, Class<T> type) {
    return metadata
        .list(KEY + name, type)
        .orElseThrow(() -> new ModelException(metadata.file() + ": " + KEY + name + " is missing"));
  }

  private ModelException unsupported(String what) {
    return new ModelException(
        metadata.file()
            + ": "
            + what
            + " cannot be rebuilt from a GGUF file; use the model's Hugging Face directory, which"
            + " has a tokenizer.json");
  }
}
