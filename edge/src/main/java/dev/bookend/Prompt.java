package dev.bookend;

import dev.bookend.model.template.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a model is to answer or continue. Prompts keep their content out of {@code toString}, so
 * that it does not reach a log by accident.
 */
public sealed interface Prompt {
  /**
   * A conversation, which the model's own chat template turns into text.
   *
   * @param messages in order; the last one is usually the user's
   * @param tools that the model may call, as OpenAI's API describes them: maps of {@code type} and
   *     {@code function}
   * @param arguments further variables for the template, as {@code enable_thinking}
   */
  record Chat(
      List<Message> messages, List<Map<String, Object>> tools, Map<String, Object> arguments)
      implements Prompt {
    /** Copies the lists. */
    public Chat {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
    }

    /** A conversation without tools. */
    public Chat(List<Message> messages) {
      this(messages, List.of(), Map.of());
    }

    @Override
    public String toString() {
      return messages + ", " + tools.size() + " tools";
    }
  }

  /**
   * Plain text to continue, without a chat template. A begin-of-sequence token is added where the
   * model wants one.
   */
  record Text(String text) implements Prompt {
    /** Requires a text. */
    public Text {
      Objects.requireNonNull(text);
    }

    @Override
    public String toString() {
      return "text (" + text.length() + " characters)";
    }
  }

  /** Token ids to continue, exactly these. */
  final class Tokens implements Prompt {
    private final int[] ids;

    /** Copies the ids. */
    public Tokens(int... ids) {
      this.ids = ids.clone();
    }

    /** A copy of the ids. */
    public int[] ids() {
      return ids.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Tokens tokens && Arrays.equals(ids, tokens.ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
      return ids.length + " tokens";
    }
  }
}
