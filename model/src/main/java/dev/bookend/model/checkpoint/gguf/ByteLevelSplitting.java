package dev.bookend.model.checkpoint.gguf;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Optional;

/**
 * How text is split before byte-level BPE merges it. A GGUF header gives only the name of the rule;
 * the rules here are from the {@code tokenizer.json} of the models themselves.
 */
enum ByteLevelSplitting {
  GPT2(List.of()),
  /** What llama.cpp does where the file names {@code default}: one pattern after the other. */
  DEFAULT(
      List.of(
          split("[\\p{P}\\$\\+<=>\\^~\\|]+"),
          split("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)"),
          split("\\p{N}+"),
          split("[0-9][0-9][0-9]"))),
  /** Digits one by one, then as GPT-2. */
  SMOLLM(List.of("{\"type\":\"Digits\",\"individual_digits\":true}")),
  LLAMA3(
      List.of(
          split(
              "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                  + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))),
  QWEN2(
      List.of(
          split(
              "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                  + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))),
  /** Mistral NeMo. */
  TEKKEN(
      List.of(
          split(
              "[^\\r\\n\\p{L}\\p{N}]?"
                  + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                  + "|[^\\r\\n\\p{L}\\p{N}]?"
                  + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                  + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")));

  /** What is done before the bytes are turned into letters, as JSON. */
  private final List<String> firstSteps;

  ByteLevelSplitting(List<String> firstSteps) {
    this.firstSteps = firstSteps;
  }

  private static String split(String regex) {
    return "{\"type\":\"Split\",\"pattern\":{\"Regex\":\""
        + regex.replace("\\", "\\\\")
        + "\"},\"behavior\":\"Isolated\",\"invert\":false}";
  }

  /** By the value of {@code tokenizer.ggml.pre}. */
  static Optional<ByteLevelSplitting> of(String name) {
    return switch (name) {
      case "gpt-2" -> Optional.of(GPT2);
      case "default" -> Optional.of(DEFAULT);
      case "smollm" -> Optional.of(SMOLLM);
      case "llama-bpe" -> Optional.of(LLAMA3);
      case "qwen2" -> Optional.of(QWEN2);
      case "tekken" -> Optional.of(TEKKEN);
      default -> Optional.empty();
    };
  }

  Optional<JsonElement> normalizer() {
    return this == QWEN2
        ? Optional.of(JsonParser.parseString("{\"type\":\"NFC\"}"))
        : Optional.empty();
  }

  JsonElement preTokenizer() {
    JsonArray steps = new JsonArray();
    firstSteps.forEach(step -> steps.add(JsonParser.parseString(step)));
    steps.add(byteLevel(this == GPT2 || this == SMOLLM));
    JsonObject sequence = new JsonObject();
    sequence.addProperty("type", "Sequence");
    sequence.add("pretokenizers", steps);
    return sequence;
  }

  static JsonElement decoder() {
    return byteLevel(true);
  }

  /** Pre-tokenizer and decoder have the same form; a decoder ignores its settings. */
  private static JsonElement byteLevel(boolean gpt2Split) {
    JsonObject json = new JsonObject();
    json.addProperty("type", "ByteLevel");
    json.addProperty("add_prefix_space", false);
    json.addProperty("trim_offsets", true);
    json.addProperty("use_regex", gpt2Split);
    return json;
  }

  /** Whether a word that is a token becomes this token even where no merges lead to it. */
  boolean ignoresMerges() {
    return this == LLAMA3 || this == TEKKEN;
  }

  /** Whether BOS goes before a text, unless the file says otherwise. */
  boolean beginsWithBos() {
    return this == LLAMA3 || this == TEKKEN;
  }
}
