package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.history.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bookend history}: what {@code --history} has kept. */
@Command(
    name = "history",
    description = {
      "Show what --history has kept of your sessions, and the lines that the shell keeps: files that only you can read, but not encrypted.",
      "Nothing is kept without that flag, or '/set history on' in the shell."
    })
final class HistoryCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    List<History> all = History.all();
    Path lines = ChatCommand.lines();
    if (all.isEmpty() && !Files.exists(lines)) {
      System.out.println("nothing is kept; it would be in " + History.directory());
    }
    for (History history : all) {
      List<int[]> texts = history.read();
      int tokens = texts.stream().mapToInt(text -> text.length).sum();
      System.out.println(history.file() + ": " + texts.size() + " texts, " + tokens + " tokens");
    }
    if (Files.exists(lines)) {
      System.out.println(lines + ": lines that were typed in the shell");
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(name = "clear", description = "Delete all of it.")
  int clear() {
    History.all().forEach(History::clear);
    Path lines = ChatCommand.lines();
    try {
      if (Files.exists(lines)) { // also where no such file could be
        Files.delete(lines);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot delete " + lines + ": " + FileProblem.of(e), e);
    }
    return CommandLine.ExitCode.OK;
  }
}
