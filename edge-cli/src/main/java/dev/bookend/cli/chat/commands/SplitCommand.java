package dev.bookend.cli.chat.commands;

import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.SlashCommand;
import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.model.contract.Contract;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.List;

/** Shows where the layers run, or cuts elsewhere. */
final class SplitCommand implements SlashCommand {
  @Override
  public String name() {
    return "split";
  }

  @Override
  public String argument() {
    return "[K[:M]]";
  }

  @Override
  public String summary() {
    return "show where the layers run, or cut the model elsewhere";
  }

  @Override
  public String details(Chat chat) {
    return "K lower and M upper layers stay on this machine. With a server as the cloud, the "
        + "server must have the middle for that split.";
  }

  @Override
  public void run(Chat chat, String argument) {
    if (argument.isEmpty()) {
      LayerPicture.of(chat).forEach(chat.screen()::print);
      return;
    }
    Split split = Split.parse(argument).requireFits(chat.model().split().edge().config());
    if (split.equals(chat.model().split().options().split())) {
      chat.screen().remark("it is cut there already");
      return;
    }
    chat.change(chat.model().choice().withSplit(split.toString()));
    chat.screen().remark("now: " + described(chat));
  }

  /** What is open, in a line. */
  static String described(Chat chat) {
    SplitModel split = chat.model().split();
    return "%s, split %s, cloud %s%s"
        .formatted(
            chat.model().choice().model(),
            split.options().split(),
            split.options().cloud(),
            chat.model().choice().link().map(link -> ", link " + link).orElse(""));
  }

  @Override
  public List<Proposal> complete(Chat chat, String begun) {
    Contract contract = chat.model().split().contract();
    List<Proposal> proposals = new ArrayList<>();
    for (int layers = 1; 2 * layers < contract.layers() && layers <= 16; layers *= 2) {
      proposals.add(
          new Proposal(
              layers + ":" + layers,
              contract.layers() - 2 * layers + " layers in the cloud",
              true));
    }
    return proposals;
  }
}
