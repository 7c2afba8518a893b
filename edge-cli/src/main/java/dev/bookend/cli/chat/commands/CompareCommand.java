package dev.bookend.cli.chat.commands;

import dev.bookend.BookendOptions;
import dev.bookend.CompletionRequest;
import dev.bookend.cli.chat.Answer;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The same prompt decoded in two ways. */
final class CompareCommand implements SlashCommand {
  @Override
  public String name() {
    return "compare";
  }

  @Override
  public String argument() {
    return "[TEXT]";
  }

  @Override
  public String summary() {
    return "decode the last message, or TEXT, sequentially and speculatively, side by side";
  }

  @Override
  public String details(Chat chat) {
    return "Each way gets a session of its own, one after the other. The conversation does "
        + "not change.";
  }

  @Override
  public void run(Chat chat, String argument) {
    CompletionRequest request = chat.request();
    List<Message> messages = new ArrayList<>(chat.conversation().messages());
    if (!argument.isEmpty()) {
      messages.add(new Message(Role.USER, argument));
    } else {
      while (!messages.isEmpty() && messages.get(messages.size() - 1).role() != Role.USER) {
        messages.remove(messages.size() - 1);
      }
    }
    if (messages.isEmpty() || messages.get(messages.size() - 1).role() != Role.USER) {
      throw new IllegalArgumentException("there is no message yet; write /compare TEXT");
    }
    CompletionRequest same = request.withPrompt(new dev.bookend.Prompt.Chat(messages));
    BookendOptions options = chat.model().bookend().options();
    Optional<Answer> one = chat.beside("sequential", options.sequential(), same);
    if (one.isEmpty()) {
      chat.screen().remark("(ended by Ctrl-C)");
      return;
    }
    BookendOptions speculative = options.withDrafters(options.drafters());
    Optional<Answer> other = chat.beside("speculative", speculative, same);
    if (other.isEmpty()) {
      chat.screen().remark("(ended by Ctrl-C)");
      return;
    }
    new Comparison(chat, one.get(), other.get()).print();
  }
}
