package dev.bookend.model.checkpoint.gguf;

import com.google.common.collect.Iterables;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.tokenizer.TokenizerJson;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tokenizer in a GGUF header as a {@code tokenizer.json}. The header holds the vocabulary and
 * the merges, and names the rule by which text is split before.
 */
record GgufTokenizer(GgufMetadata metadata) {
  private static final String KEY = "tokenizer.ggml.";
  private static final int MAX_ID = 1 << 24;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;

  /** Names of ids in the header, and of the same tokens in templates. */
  private static final Map<String, String> SPECIAL_TOKENS =
      Map.of(
          "bos", "bos_token",
          "eos", "eos_token",
          "unknown", "unk_token",
          "separator", "sep_token",
          "seperator", "sep_token",
          "padding", "pad_token",
          "cls", "cls_token",
          "mask", "mask_token");

  /** Tokens that end a chat turn. A model's EOS may be another one. */
  private static final Set<String> TURN_ENDS =
      Set.of("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>");

  private static final List<String> ENDS = List.of("eos", "eot", "eom");

  /** Ids that end a generation; empty where the file has no tokenizer. */
  static Set<Integer> endTokens(GgufMetadata metadata) {
    Set<Integer> ids = new TreeSet<>();
    for (String name : ENDS) {
      tokenId(metadata, name).ifPresent(ids::add);
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

  /** What was ignored: special tokens with ids that no token has. */
  static List<String> remarks(GgufMetadata metadata) {
    List<String> remarks = new ArrayList<>();
    for (String name : List.of("bos", "eos", "eot", "eom")) {
      metadata
          .wholeNumber(KEY + name + "_token_id")
          .filter(id -> tokenId(metadata, name).isEmpty())
          .ifPresent(
              id ->
                  remarks.add(
                      metadata.file()
                          + ": "
                          + KEY
                          + name
                          + "_token_id "
                          + id
                          + " is ignored: there is no such token"));
    }
    return remarks;
  }

  /** Some converters write -1, as the greatest number that fits, for a token that is not there. */
  private static Optional<Integer> tokenId(GgufMetadata metadata, String name) {
    int tokens = metadata.length(KEY + "tokens").orElse(MAX_ID);
    return metadata
        .wholeNumber(KEY + name + "_token_id")
        .filter(id -> id >= 0 && id < tokens)
        .map(Math::toIntExact);
  }

  /** The tokenizer, which is rebuilt when it is asked for. */
  TokenizerSource source() {
    return new TokenizerSource(
        TokenizerJson.made(this::json),
        template("chat_template"),
        template("chat_template.tool_use"),
        specialTokens(list("tokens", String.class)));
  }

  /**
   * Rebuilds the tokenizer.
   *
   * @throws BookendException if it is of a kind that is not supported
   */
  private JsonObject json() {
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
    Optional<String> eos = special("eos", tokens);
    List<String> before = new ArrayList<>();
    if (metadata.flag(KEY + "add_bos_token").orElse(beginning)) {
      before.add(bos.orElseThrow(() -> missing("bos_token_id")));
    }
    List<String> after = new ArrayList<>();
    if (metadata.flag(KEY + "add_eos_token").orElse(false)) {
      after.add(eos.orElseThrow(() -> missing("eos_token_id")));
    }
    if (!before.isEmpty() || !after.isEmpty()) {
      json.add("post_processor", surroundWith(before, after, tokens));
    }
    return json;
  }

  private Optional<TemplateSource> template(String name) {
    return metadata
        .text("tokenizer." + name)
        .map(text -> new TemplateSource(metadata.file() + ": " + name, text));
  }

  /** By the names that templates know them by. */
  private Map<String, String> specialTokens(List<String> tokens) {
    Map<String, String> special = new TreeMap<>();
    SPECIAL_TOKENS.forEach(
        (key, name) -> special(key, tokens).ifPresent(text -> special.put(name, text)));
    return special;
  }

  /**
   * Adds what belongs to this kind. Returns whether BOS goes before a text, unless the file says
   * otherwise.
   */
  private boolean byteLevelBpe(JsonObject json, List<String> tokens) {
    String name = metadata.require(KEY + "pre");
    ByteLevelSplitting splitting =
        ByteLevelSplitting.of(name).orElseThrow(() -> unsupported("pre-tokenizer " + name));
    splitting.normalizer().ifPresent(normalizer -> json.add("normalizer", normalizer));
    json.add("pre_tokenizer", splitting.preTokenizer());
    json.add("decoder", ByteLevelSplitting.decoder());
    JsonArray merges = new JsonArray();
    list("merges", String.class).forEach(merges::add);
    JsonObject model = bpe(tokens);
    model.addProperty("ignore_merges", splitting.ignoresMerges());
    model.add("merges", merges);
    json.add("model", model);
    return splitting.beginsWithBos();
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
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
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
    return tokenId(metadata, name).map(tokens::get);
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

  private static JsonElement surroundWith(
      List<String> before, List<String> after, List<String> tokens) {
    JsonObject special = new JsonObject();
    for (String token : Iterables.concat(before, after)) {
      JsonObject entry = new JsonObject();
      entry.addProperty("id", token);
      entry.add("ids", array(new JsonPrimitive(tokens.indexOf(token))));
      entry.add("tokens", array(new JsonPrimitive(token)));
      special.add(token, entry);
    }
    JsonArray pair = sequence(before, "A", after, 0);
    pair.addAll(sequence(before, "B", after, 1));
    JsonObject json = new JsonObject();
    json.addProperty("type", "TemplateProcessing");
    json.add("single", sequence(before, "A", after, 0));
    json.add("pair", pair);
    json.add("special_tokens", special);
    return json;
  }

  private static JsonArray sequence(
      List<String> before, String text, List<String> after, int typeId) {
    JsonArray sequence = new JsonArray();
    before.forEach(token -> sequence.add(step("SpecialToken", token, typeId)));
    sequence.add(step("Sequence", text, typeId));
    after.forEach(token -> sequence.add(step("SpecialToken", token, typeId)));
    return sequence;
  }

  private static JsonObject step(String kind, String id, int typeId) {
    JsonObject what = new JsonObject();
    what.addProperty("id", id);
    what.addProperty("type_id", typeId);
    JsonObject step = new JsonObject();
    step.add(kind, what);
    return step;
  }

  private static JsonArray array(JsonElement element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }

  private JsonObject bpe(List<String> tokens) {
    JsonObject vocabulary = new JsonObject();
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.addProperty(tokens.get(id), id);
    }
    if (vocabulary.size() != tokens.size()) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, metadata.file() + ": a token of the vocabulary comes twice");
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "BPE");
    model.add("vocab", vocabulary);
    return model;
  }

  private <T> List<T> list(String name, Class<T> type) {
    return metadata.list(KEY + name, type).orElseThrow(() -> missing(name));
  }

  private BookendException missing(String name) {
    return new BookendException(
        ErrorCode.MODEL_DAMAGED, metadata.file() + ": " + KEY + name + " is missing");
  }

  private BookendException unsupported(String what) {
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED,
        metadata.file()
            + ": "
            + what
            + " cannot be rebuilt from a GGUF file; use the model's Hugging Face directory, which"
            + " has a tokenizer.json");
  }
}
