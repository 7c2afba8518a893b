package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.error.VisibleText;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;

/** A conversation to be read. */
final class Transcript {
  private Transcript() {}

  /** As Markdown, with who says what as headings. */
  static String markdown(Chat chat) {
    StringBuilder text = new StringBuilder();
    text.append("# Conversation with ").append(chat.model().choice().model()).append("\n");
    for (Message message : chat.conversation().messages()) {
      text.append("\n## ").append(who(message.role())).append("\n\n");
      text.append(message.content().strip()).append("\n");
    }
    return text.toString();
  }

  private static String who(Role role) {
    return switch (role) {
      case SYSTEM -> "System";
      case USER -> "You";
      case ASSISTANT -> "Model";
      case TOOL -> "Tool";
    };
  }

  /** Each line of what the user said has the mark that is before what is typed. */
  private static String marked(String text) {
    return text.lines().map(line -> "> " + line).collect(Collectors.joining("\n"));
  }

  /** Shows the last messages of the conversation. */
  static void show(Chat chat, int most) {
    List<Message> all = chat.conversation().messages();
    for (Message message : all.subList(Math.max(0, all.size() - most), all.size())) {
      String text = VisibleText.of(message.content());
      if (message.role() == Role.ASSISTANT && !chat.screen().isPlain()) {
        chat.screen().print(chat.markdown().of(text, chat.screen().width()));
      } else {
        chat.screen().print(message.role() == Role.USER ? marked(text) : text);
      }
      List<AttributedString> space = new ArrayList<>();
      space.add(AttributedString.EMPTY);
      chat.screen().print(space);
    }
  }
}
