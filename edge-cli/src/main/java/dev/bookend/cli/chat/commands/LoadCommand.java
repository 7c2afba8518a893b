package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.conversation.ConversationStore;
import dev.bookend.conversation.ModelIdentity;
import dev.bookend.conversation.SavedConversation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Goes on with a saved conversation. */
final class LoadCommand implements SlashCommand {
  @Override
  public String name() {
    return "load";
  }

  @Override
  public String argument() {
    return "NAME|FILE";
  }

  @Override
  public String summary() {
    return "go on with a saved conversation";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      throw new IllegalArgumentException("write /load NAME or /load FILE; /list shows the names");
    }
    load(chat, argument);
  }

  /** Loads a conversation by its name or file, and warns if it was held with another model. */
  static void load(Chat chat, String argument) {
    String name = FileNames.unquoted(argument);
    if (ExportCommand.isMarkdown(name)) {
      throw new IllegalArgumentException(
          name + " is for reading; what /save keeps, or /export FILE.json writes, can be loaded");
    }
    boolean isFile = name.contains("/") || name.endsWith(".json");
    SavedConversation loaded =
        isFile ? ConversationStore.read(FileNames.path(name)) : SavedNames.require(name).load(name);
    chat.conversation().replace(loaded.messages());
    chat.conversation().setSavedAs(isFile ? Optional.empty() : Optional.of(name));
    chat.forgetLast();
    if (chat.screen().isRead()) {
      Transcript.show(chat, 2);
    }
    ModelIdentity now =
        ModelIdentity.of(chat.model().choice().model(), chat.model().bookend().model());
    if (!now.isSameModel(loaded.model())) {
      chat.screen()
          .warn(
              now.name().equals(loaded.model().name())
                  ? "warning: this conversation was held with other weights of " + now.name()
                  : "warning: this conversation was held with another model, %s; %s goes on with it"
                      .formatted(loaded.model().name(), now.name()));
    }
    chat.screen()
        .remark(
            "loaded: "
                + Figures.count(chat.conversation().messages().size(), "message")
                + "; the next answer reads them once");
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    List<Proposal> proposals = new ArrayList<>(SavedNames.proposals());
    if (begun.contains("/")) {
      proposals.addAll(FileNames.complete(begun));
    }
    return proposals;
  }
}
