package dev.bookend.model.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds what a {@code tokenizer.json} may hold on which the tokenizers library does not report an
 * error but ends the process: parts that it does not check when it reads them, and patterns that
 * cost too much. Only the parts are let through that are listed here, with what is known to be
 * harmless in them (decision 19).
 */
final class TokenizerFileCheck {
  /** The library reads some parts of parts recursively. */
  private static final int DEEPEST = 8;

  private static final int LONGEST_CONTENT = 64;

  private static final Set<String> NORMALIZERS =
      Set.of(
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Lowercase",
          "Strip",
          "StripAccents",
          "Nmt",
          "ByteLevel",
          "BertNormalizer");
  private static final Set<String> PRE_TOKENIZERS =
      Set.of(
          "ByteLevel",
          "Digits",
          "Metaspace",
          "Whitespace",
          "WhitespaceSplit",
          "Punctuation",
          "UnicodeScripts",
          "BertPreTokenizer",
          "CharDelimiterSplit");
  private static final Set<String> DECODERS =
      Set.of("ByteLevel", "ByteFallback", "Fuse", "Metaspace", "WordPiece", "BPEDecoder", "CTC");
  private static final Set<String> POST_PROCESSORS =
      Set.of("ByteLevel", "BertProcessing", "RobertaProcessing");
  private static final Set<String> MODELS = Set.of("BPE", "Unigram", "WordPiece", "WordLevel");

  private int stepsPerCharacter = 1;

  private TokenizerFileCheck() {}

  /**
   * Looks through a file.
   *
   * @return the most steps back for each character of a text that its patterns take together
   * @throws BookendException naming what the library would not survive
   */
  static int check(JsonObject tokenizer) {
    TokenizerFileCheck check = new TokenizerFileCheck();
    check.parts(tokenizer, "normalizer", "normalizers", check::normalizer);
    check.parts(tokenizer, "pre_tokenizer", "pretokenizers", check::preTokenizer);
    check.parts(tokenizer, "decoder", "decoders", check::decoder);
    check.parts(tokenizer, "post_processor", "processors", check::postProcessor);
    check.model(tokenizer.get("model"));
    return check.stepsPerCharacter;
  }

  private void parts(JsonObject tokenizer, String key, String list, Consumer<JsonObject> check) {
    JsonElement part = tokenizer.get(key);
    if (part != null && !part.isJsonNull()) {
      parts(part, key, list, check, 0);
    }
  }

  private void parts(
      JsonElement element, String key, String list, Consumer<JsonObject> check, int depth) {
    if (!(element instanceof JsonObject part) || depth > DEEPEST) {
      throw refusal(key + ": is no description, or nested too deeply");
    }
    if (!type(part).equals("Sequence")) {
      check.accept(part);
      return;
    }
    if (!(part.get(list) instanceof JsonArray steps)) {
      throw refusal(key + ": Sequence without " + list);
    }
    steps.forEach(step -> parts(step, key, list, check, depth + 1));
  }

  private void normalizer(JsonObject part) {
    switch (type(part)) {
      case "Replace" -> {
        if (pattern(part, "normalizer") == 0) {
          throw refusal("normalizer: Replace of nothing");
        }
        requireShort(part, "content");
      }
      case "Prepend" -> {
        requireShort(part, "prepend");
        if (text(part, "prepend").isEmpty()) {
          throw refusal("normalizer: Prepend of nothing");
        }
      }
      case "Precompiled" -> {
        try {
          CharsMapCheck.check(text(part, "precompiled_charsmap"));
        } catch (IllegalArgumentException e) {
          throw refusal("normalizer: Precompiled: " + e.getMessage());
        }
      }
      default -> requireKnown(part, "normalizer", NORMALIZERS);
    }
  }

  private void preTokenizer(JsonObject part) {
    switch (type(part)) {
      case "Split" -> pattern(part, "pre_tokenizer");
      case "FixedLength" -> {
        if (!(number(part, "length") >= 1)) {
          throw refusal("pre_tokenizer: FixedLength of nothing");
        }
      }
      default -> requireKnown(part, "pre_tokenizer", PRE_TOKENIZERS);
    }
  }

  private void decoder(JsonObject part) {
    switch (type(part)) {
      case "Replace" -> {
        pattern(part, "decoder");
        requireShort(part, "content");
      }
      case "Strip" -> {
        if (number(part, "stop") != 0) {
          throw refusal("decoder: Strip at the end of tokens");
        }
      }
      default -> requireKnown(part, "decoder", DECODERS);
    }
  }

  private void postProcessor(JsonObject part) {
    if (!type(part).equals("TemplateProcessing")) {
      requireKnown(part, "post_processor", POST_PROCESSORS);
      return;
    }
    if (!(part.get("special_tokens") instanceof JsonObject special)) {
      throw refusal("post_processor: TemplateProcessing without special_tokens");
    }
    special.asMap().forEach(TokenizerFileCheck::requireNamed);
    for (String key : Set.of("single", "pair")) {
      // The pair of texts is never asked for, but the library would let it name anything.
      if (!(part.get(key) instanceof JsonArray template)) {
        throw refusal("post_processor: TemplateProcessing without " + key);
      }
      for (JsonElement element : template) {
        step(element, special, key.equals("single"));
      }
    }
  }

  private static void step(JsonElement element, JsonObject special, boolean single) {
    if (element instanceof JsonObject step
        && step.size() == 1
        && step.get("SpecialToken") instanceof JsonObject token) {
      if (!special.has(text(token, "id"))) {
        throw refusal(
            "post_processor: its template names the special token "
                + text(token, "id")
                + ", which special_tokens lacks");
      }
      return;
    }
    if (element instanceof JsonObject step
        && step.size() == 1
        && step.get("Sequence") instanceof JsonObject sequence
        && (text(sequence, "id").equals("A") || (!single && text(sequence, "id").equals("B")))) {
      return;
    }
    throw refusal("post_processor: its template has a step that is neither a text nor a token");
  }

  private static void requireNamed(String name, JsonElement element) {
    if (!(element instanceof JsonObject token)
        || !text(token, "id").equals(name)
        || !(token.get("ids") instanceof JsonArray ids)
        || !(token.get("tokens") instanceof JsonArray tokens)
        || ids.size() != tokens.size()) {
      throw refusal("post_processor: special_tokens describes " + name + " wrongly");
    }
  }

  private void model(JsonElement element) {
    if (!(element instanceof JsonObject model)) {
      throw refusal("there is no model");
    }
    if (model.has("type")) { // the oldest files have none
      requireKnown(model, "model", MODELS);
    }
    if (!text(model, "continuing_subword_prefix").isEmpty() && model.has("merges")) {
      throw refusal("model: continuing_subword_prefix");
    }
  }

  /** The fewest characters that a part's pattern matches. */
  private int pattern(JsonObject part, String key) {
    if (part.get("pattern") instanceof JsonObject pattern && pattern.size() == 1) {
      if (pattern.has("String")) {
        return text(pattern, "String").length();
      }
      if (pattern.has("Regex")) {
        try {
          PatternCost cost = PatternCost.of(text(pattern, "Regex"));
          stepsPerCharacter = Math.max(stepsPerCharacter, cost.stepsPerCharacter());
          return cost.shortest();
        } catch (IllegalArgumentException e) {
          throw refusal(
              key
                  + ": the pattern "
                  + text(pattern, "Regex")
                  + " may take too long: "
                  + e.getMessage());
        }
      }
    }
    throw refusal(key + ": " + type(part) + " without a pattern");
  }

  private static void requireShort(JsonObject part, String field) {
    if (text(part, field).length() > LONGEST_CONTENT) {
      throw refusal(type(part) + ": " + field + " of more than " + LONGEST_CONTENT + " characters");
    }
  }

  private static void requireKnown(JsonObject part, String key, Set<String> known) {
    if (!known.contains(type(part))) {
      throw refusal(key + ": " + (type(part).isEmpty() ? "a part without a type" : type(part)));
    }
  }

  private static String type(JsonObject part) {
    return text(part, "type");
  }

  private static String text(JsonObject part, String field) {
    return part.get(field) instanceof JsonPrimitive text && text.isString()
        ? text.getAsString()
        : "";
  }

  private static double number(JsonObject part, String field) {
    return part.get(field) instanceof JsonPrimitive number && number.isNumber()
        ? number.getAsDouble()
        : Double.NaN;
  }

  private static BookendException refusal(String what) {
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED,
        "the model's tokenizer.json has what the tokenizers library cannot be trusted with: "
            + what);
  }
}
