package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.conversation.ConversationStore;
import dev.bookend.conversation.SavedConversation;
import dev.bookend.error.BookendException;
import dev.bookend.model.template.Role;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Lists the saved conversations. */
final class ListCommand implements SlashCommand {
  @Override
  public String name() {
    return "list";
  }

  @Override
  public String summary() {
    return "list the saved conversations";
  }

  private static final int MOST = 30;

  @Override
  public void run(Chat chat, String argument) {
    ConversationStore store = ConversationStore.ofUser();
    List<String> names = store.names();
    if (names.isEmpty()) {
      chat.screen().remark("none is saved; /save does that, in " + store.directory());
      return;
    }
    Texts.table(
        chat.screen(),
        names.stream().limit(MOST).map(name -> new Texts.Row(name, about(store, name))).toList());
    if (names.size() > MOST) {
      chat.screen().remark("and " + (names.size() - MOST) + " older ones");
    }
  }

  private static String about(ConversationStore store, String name) {
    try {
      SavedConversation saved = store.load(name);
      String first =
          saved.messages().stream()
              .filter(message -> message.role() == Role.USER)
              .findFirst()
              .map(message -> Texts.shortened(message.content(), 40))
              .orElse("");
      return "%s, %d messages, %s: %s"
          .formatted(
              DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
                  .withZone(ZoneId.systemDefault())
                  .format(saved.saved()),
              saved.messages().size(),
              saved.model().name(),
              first);
    } catch (BookendException e) {
      return "cannot be read";
    }
  }
}
