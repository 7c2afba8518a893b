package dev.bookend.cli.chat;

import dev.bookend.CompletionRequest;
import dev.bookend.TextModel;
import dev.bookend.grammar.Grammar;
import java.util.Optional;

/**
 * What answers are held to.
 *
 * @param text as the user has written it
 * @param grammar empty: they may be any text
 */
record AnswerFormat(String text, Optional<Grammar> grammar) {
  static final AnswerFormat TEXT = new AnswerFormat("text", Optional.empty());

  /**
   * Reads {@code text}, {@code json}, or the name of a file with a JSON schema.
   *
   * @throws IllegalArgumentException if there is no such file, or no schema in it; the message is
   *     for the user
   */
  static AnswerFormat parse(String text) {
    return switch (text) {
      case "text" -> TEXT;
      case "json" -> new AnswerFormat(text, Optional.of(Grammar.jsonObject()));
      default -> {
        String schema = TextFiles.readText(FileNames.path(text));
        try {
          yield new AnswerFormat(text, Optional.of(Grammar.ofJsonSchema(schema)));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
        }
      }
    };
  }

  /** The request for an answer of this format. */
  CompletionRequest apply(CompletionRequest request, TextModel model) {
    return grammar.map(rules -> request.withRules(rules.rules(model.vocabulary()))).orElse(request);
  }
}
