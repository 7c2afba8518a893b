package dev.bookend.cli;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.CompletionRequest;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.remote.CloudException;
import dev.bookend.session.ContextFullException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bookend chat}: a conversation in the terminal. */
@Command(
    name = "chat",
    description = "Talk with the model.",
    footer = {
      "",
      "In the chat: /reset begins anew, /exit or Ctrl-D leaves, Ctrl-C ends an answer, /help.",
      "What you type is kept in memory only, unless you say --history."
    })
final class ChatCommand implements Callable<Integer> {
  @Mixin private ModelOptions options;
  @Mixin private DecodeOptions decoding;
  @Mixin private HistoryOptions kept;

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message.")
  private String system;

  private final List<Message> history = new ArrayList<>();

  @Override
  public Integer call() {
    decoding.check();
    try (Bookend bookend = options.open(decoding, kept, 1);
        Terminal terminal = openTerminal()) {
      LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
      reader.setOpt(LineReader.Option.DISABLE_EVENT_EXPANSION); // '!' is just text here
      reset();
      String line;
      while ((line = read(reader)) != null) {
        StandardInput.requireWhole(line);
        String text = StandardInput.withoutMark(line).strip();
        if (text.equals("/exit") || text.equals("/quit")) {
          break;
        } else if (text.equals("/reset")) {
          reset();
        } else if (text.startsWith("/")) {
          terminal
              .writer()
              .println(
                  "/reset begins anew, /exit or Ctrl-D leaves, Ctrl-C ends an answer, /help says"
                      + " this.");
        } else if (!text.isEmpty()) {
          answer(text, bookend, terminal);
        }
      }
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "the terminal cannot be used: " + e.getMessage(), e);
    }
  }

  private static Terminal openTerminal() throws IOException {
    return TerminalBuilder.builder()
        .name("bookend")
        .dumb(true)
        // Otherwise JLine asks the terminal what it can do, and drops what was typed meanwhile.
        .graphemeCluster(false)
        .build();
  }

  private void reset() {
    history.clear();
    if (system != null) {
      history.add(new Message(Role.SYSTEM, system));
    }
  }

  /** The next line; null at the end. Ctrl-C clears the line. */
  private static String read(LineReader reader) {
    while (true) {
      try {
        return reader.readLine("> ");
      } catch (UserInterruptException e) {
        // Asks again.
      } catch (EndOfFileException e) {
        return null;
      }
    }
  }

  private void answer(String text, Bookend bookend, Terminal terminal) {
    PrintWriter out = terminal.writer();
    StringBuilder told = new StringBuilder();
    Cancellation cancellation = new Cancellation();
    history.add(new Message(Role.USER, text));
    SignalHandler previous = terminal.handle(Signal.INT, signal -> cancellation.cancel());
    // A terminal that can do nothing (TERM=dumb, as in Emacs) has a Ctrl-C too, of which JLine does
    // not tell.
    boolean dumb =
        terminal.getType().startsWith(Terminal.TYPE_DUMB) && StandardStreams.inputIsTerminal();
    Object before = dumb ? Signals.register("INT", cancellation::cancel) : null;
    try {
      bookend.complete(
          CompletionRequest.chat(history)
              .withSampling(decoding.sampling())
              .withMaxTokens(decoding.maxTokens()),
          piece -> {
            options.notices().beforePiece(piece.text());
            told.append(piece.text());
            out.print(
                StandardStreams.outputIsTerminal() ? VisibleText.of(piece.text()) : piece.text());
            out.flush();
          },
          cancellation);
    } catch (ContextFullException e) {
      out.println(
          "bookend: the conversation no longer fits the model's context; /reset begins anew");
    } catch (CloudException e) {
      out.println();
      out.println("bookend: " + e.getMessage() + "; send the message again to go on");
    } catch (BookendException e) { // a template that refuses this conversation
      out.println("bookend: " + Failures.message(e));
    } finally {
      options.notices().end();
      if (dumb) {
        Signals.unregister("INT", before);
      }
      terminal.handle(Signal.INT, previous);
    }
    out.println();
    out.flush();
    if (told.isEmpty()) {
      history.remove(history.size() - 1);
    } else {
      history.add(new Message(Role.ASSISTANT, told.toString()));
    }
  }
}
