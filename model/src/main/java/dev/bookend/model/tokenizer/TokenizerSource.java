package dev.bookend.model.tokenizer;

import java.util.Map;
import java.util.Optional;

/**
 * What a checkpoint says about text. Immutable.
 *
 * @param tokenizer made from the vocabulary and merges where the checkpoint is a GGUF file
 * @param chatTemplate the Jinja chat template, where the model has one
 * @param toolTemplate another one for conversations with tools, where the model has such
 * @param specialTokens the texts of special tokens by the names that templates know them by, as
 *     {@code bos_token}
 */
public record TokenizerSource(
    TokenizerJson tokenizer,
    Optional<TemplateSource> chatTemplate,
    Optional<TemplateSource> toolTemplate,
    Map<String, String> specialTokens) {
  /** Copies the map. */
  public TokenizerSource {
    specialTokens = Map.copyOf(specialTokens);
  }

  /** The tokenizer of a file with that text. */
  public TokenizerSource(
      String tokenizerJson,
      Optional<TemplateSource> chatTemplate,
      Optional<TemplateSource> toolTemplate,
      Map<String, String> specialTokens) {
    this(TokenizerJson.of(tokenizerJson), chatTemplate, toolTemplate, specialTokens);
  }

  /** A tokenizer with one chat template for all conversations, or none. */
  public TokenizerSource(
      String tokenizerJson,
      Optional<TemplateSource> chatTemplate,
      Map<String, String> specialTokens) {
    this(tokenizerJson, chatTemplate, Optional.empty(), specialTokens);
  }

  /** A tokenizer without a chat template and named special tokens. */
  public static TokenizerSource of(String tokenizerJson) {
    return new TokenizerSource(tokenizerJson, Optional.empty(), Map.of());
  }

  /**
   * A chat template.
   *
   * @param origin the file it is from, which errors name
   */
  public record TemplateSource(String origin, String text) {}
}
