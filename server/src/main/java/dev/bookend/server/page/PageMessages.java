package dev.bookend.server.page;

import dev.bookend.Prompt;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The messages that the page sends along with each request; the server keeps none.
 *
 * @param messages the last one is the user's
 */
record PageMessages(List<Message> messages) {
  PageMessages {
    messages = List.copyOf(messages);
  }

  static PageMessages read(Parameters parameters) {
    List<Message> messages =
        parameters.objects("messages").stream().map(PageMessages::message).toList();
    if (messages.isEmpty()) {
      throw parameters.missing("messages");
    }
    if (messages.get(messages.size() - 1).role() != Role.USER) {
      throw ApiException.parameter("messages", "must end with the user's");
    }
    return new PageMessages(messages);
  }

  private static Message message(Parameters message) {
    Role role =
        switch (message.requiredText("role")) {
          case "system" -> Role.SYSTEM;
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          default ->
              throw ApiException.parameter(
                  message.name("role"), "must be system, user or assistant");
        };
    Message read = new Message(role, message.requiredText("content"));
    message.requireKnown();
    return read;
  }

  Prompt prompt() {
    return new Prompt.Chat(messages);
  }

  /** The same with another last message. */
  private Prompt endingWith(String text) {
    List<Message> others = new ArrayList<>(messages.subList(0, messages.size() - 1));
    others.add(new Message(Role.USER, text));
    return new Prompt.Chat(others);
  }

  /** Where the last message's own tokens are: from, and to behind them. */
  @SuppressWarnings("ArrayRecordComponent") // never changed nor compared
  record Tokens(int[] ids, int from, int to) {}

  /**
   * The tokens of the conversation. Two last messages without a common token share only what is
   * around them.
   */
  Tokens tokens(Function<Prompt, int[]> tokenizer) {
    int[] ids = tokenizer.apply(prompt());
    int[] one = tokenizer.apply(endingWith("Apples"));
    int[] other = tokenizer.apply(endingWith("7"));
    int before = Math.max(0, Arrays.mismatch(one, other));
    int after = Math.max(0, Arrays.mismatch(reversed(one), reversed(other)));
    int from = Math.min(before, ids.length);
    return new Tokens(ids, from, Math.max(from, ids.length - after));
  }

  private static int[] reversed(int[] tokens) {
    int[] reversed = new int[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      reversed[i] = tokens[tokens.length - 1 - i];
    }
    return reversed;
  }
}
