package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.Figures;
import dev.bookend.cli.chat.FileNames;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.model.store.ModelStore;
import dev.bookend.model.store.StoredModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows the models of this machine, or takes another. */
final class ModelCommand implements SlashCommand {
  @Override
  public String name() {
    return "model";
  }

  @Override
  public String argument() {
    return "[NAME]";
  }

  @Override
  public String summary() {
    return "list the models on this machine, or talk with another";
  }

  @Override
  public String details(Chat chat) {
    return "NAME as for --model: an alias, owner/name on the hub, a directory or a file. The "
        + "conversation goes on with it.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (!argument.isEmpty()) {
      chat.change(chat.model().choice().withModel(argument));
      chat.screen().remark("now: " + SplitCommand.described(chat));
      return;
    }
    chat.screen().print(SplitCommand.described(chat), chat.screen().look().strong());
    for (StoredModel model : new ModelStore().list()) {
      chat.screen().print("  " + model.name() + "  " + Figures.bytes(model.bytes()));
    }
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    List<Proposal> proposals = new ArrayList<>();
    proposals.add(new Proposal("smollm2", "alias", true));
    for (StoredModel model : new ModelStore().list()) {
      proposals.add(new Proposal(model.name(), Figures.bytes(model.bytes()), true));
    }
    if (!begun.isEmpty()) {
      proposals.addAll(FileNames.complete(begun, ModelCommand::isModel));
    }
    return proposals;
  }

  private static boolean isModel(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".gguf") || name.endsWith(".safetensors");
  }
}
