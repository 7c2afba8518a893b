package dev.bookend.cli;

import dev.bookend.history.History;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bookend history}: what {@code --history} has kept. */
@Command(
    name = "history",
    description = {
      "What --history has kept of your sessions: files that only you can read, but not encrypted.",
      "Nothing is kept without that flag."
    })
final class HistoryCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    List<History> all = History.all();
    if (all.isEmpty()) {
      System.out.println("nothing is kept; it would be in " + History.directory());
    }
    for (History history : all) {
      List<int[]> texts = history.read();
      int tokens = texts.stream().mapToInt(text -> text.length).sum();
      System.out.println(history.file() + ": " + texts.size() + " texts, " + tokens + " tokens");
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(name = "clear", description = "Forget all of it.")
  int clear() {
    History.all().forEach(History::clear);
    return CommandLine.ExitCode.OK;
  }
}
