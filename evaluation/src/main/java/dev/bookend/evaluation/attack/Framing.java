package dev.bookend.evaluation.attack;

import dev.bookend.model.template.ChatTemplate;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Makes prompts from documents as a user's machine does: within the chat template, if there is one.
 */
final class Framing {
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final int before;
  private final int after;

  Framing(Tokenizer tokenizer, TokenizerSource source) {
    this.tokenizer = tokenizer;
    this.template = ChatTemplate.of(source);
    // Two messages without a common token share only the template's tokens.
    int[] one = encode("Apples");
    int[] other = encode("7");
    this.before = Math.max(0, Arrays.mismatch(one, other));
    this.after = Math.max(0, Arrays.mismatch(reversed(one), reversed(other)));
  }

  /** The prompt for a document. */
  PromptTokens prompt(String document) {
    int[] tokens = encode(document);
    return new PromptTokens(tokens, before, tokens.length - after);
  }

  /** The tokens that every prompt begins with; may be empty. */
  int[] beginning() {
    return Arrays.copyOf(encode("Apples"), before);
  }

  private int[] encode(String document) {
    return template
        .map(chat -> tokenizer.encode(chat.render(List.of(new Message(Role.USER, document)))))
        .orElseGet(() -> tokenizer.encodePrompt(document));
  }

  private static int[] reversed(int[] tokens) {
    int[] reversed = new int[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      reversed[i] = tokens[tokens.length - 1 - i];
    }
    return reversed;
  }
}
