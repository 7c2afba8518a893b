package dev.bookend.cli;

import dev.bookend.Bookend;
import dev.bookend.cli.chat.Chat;
import dev.bookend.cli.chat.ChatModel;
import dev.bookend.cli.chat.CloudWatch;
import dev.bookend.cli.chat.Interrupts;
import dev.bookend.cli.chat.Keyboard;
import dev.bookend.cli.chat.LineSource;
import dev.bookend.cli.chat.ModelChoice;
import dev.bookend.cli.chat.PipedLines;
import dev.bookend.cli.chat.Screen;
import dev.bookend.cli.chat.Settings;
import dev.bookend.cli.chat.Shell;
import dev.bookend.cli.chat.commands.Commands;
import dev.bookend.cli.markdown.Look;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.model.store.UserState;
import dev.bookend.remote.CloudListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bookend chat}: the shell. */
@Command(
    name = "chat",
    description = "Talk with the model.",
    footer = {
      "",
      "In the chat: /help lists the commands, Ctrl-C ends an answer and twice leaves, Ctrl-D leaves.",
      "What you type is kept in memory only, unless you say --history or /save."
    })
final class ChatCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private DecodeOptions decoding;
  @Mixin private LearningOptions kept;

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message.")
  private String system;

  @Option(
      names = "--load",
      paramLabel = "NAME|FILE",
      description = "Go on with a conversation that /save or /export has written.")
  private String load;

  @Override
  public Integer call() {
    decoding.check();
    AtomicReference<CloudListener> listener = new AtomicReference<>(options.notices());
    CloudListener hears = event -> listener.get().onEvent(event);
    ModelChoice choice = options.choice();
    Bookend bookend = options.open(decoding, kept, choice, hears);
    ChatModel model =
        new ChatModel(
            (next, cloud, progress) -> options.reopen(decoding, kept, next, cloud, progress),
            choice,
            bookend,
            hears);
    options.notices().end();
    boolean terminals = StandardStreams.inputIsTerminal() && StandardStreams.outputIsTerminal();
    if (!terminals) {
      return plain(model, Optional.empty());
    }
    try (TerminalRestore restore = new TerminalRestore();
        Terminal terminal = openTerminal()) {
      if (StandardStreams.isDumb() || terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        return plain(model, Optional.of(terminal));
      }
      CloudWatch watch = new CloudWatch();
      listener.set(watch);
      return live(model, terminal, restore, watch);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "the terminal cannot be used: " + e.getMessage(), e);
    }
  }

  private static Terminal openTerminal() throws IOException {
    // Otherwise a Ctrl-C at the prompt is a key and, in another thread, a signal as well: where
    // the signal is first, the key ends the next prompt too, which counts as a second press.
    System.setProperty(TerminalBuilder.PROP_SOFTWARE_SIGNALS, "false");
    return TerminalBuilder.builder()
        .name("bookend")
        .dumb(true)
        // Otherwise JLine asks the terminal what it can do, and drops what was typed meanwhile.
        .graphemeCluster(false)
        .build();
  }

  /** Text alone: in a pipe, or in a terminal that can do nothing. */
  private int plain(ChatModel model, Optional<Terminal> terminal) {
    Screen screen =
        Screen.plain(StandardStreams.answers(), System.err, StandardStreams.outputIsTerminal());
    try (Interrupts interrupts = new Interrupts(Optional.empty(), terminal.isPresent());
        Chat chat = chat(model, screen, interrupts, new CloudWatch())) {
      chat.onPiece(options.notices()::beforePiece, options.notices()::end);
      try (LineSource lines =
          terminal
              .<LineSource>map(on -> keyboard(on, chat))
              .orElseGet(
                  () -> new PipedLines(StandardInput.lines(), StandardInput::requireWhole))) {
        run(chat, lines);
      }
      screen.close();
      return chat.failure().map(Failures::exitCode).orElse(CommandLine.ExitCode.OK);
    }
  }

  private int live(ChatModel model, Terminal terminal, TerminalRestore restore, CloudWatch watch) {
    boolean unicode = terminal.encoding().newEncoder().canEncode("│•█");
    Look look = new Look(StandardStreams.wantsColour(), unicode);
    Attributes usual = terminal.getAttributes();
    Screen screen = Screen.of(terminal, System.err, look);
    restore.by(
        () -> {
          screen.leave();
          terminal.setAttributes(usual);
        });
    try {
      live(model, terminal, screen, watch);
    } catch (IllegalStateException e) {
      // Else the terminal was closed under this thread, which has nobody to tell of it any more.
      if (!restore.isEnding()) {
        throw e;
      }
    } finally {
      if (!restore.isEnding()) { // which has done this, or does it
        terminal.setAttributes(usual);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void live(ChatModel model, Terminal terminal, Screen screen, CloudWatch watch) {
    try (screen;
        Interrupts interrupts = new Interrupts(Optional.of(terminal), false);
        Chat chat = chat(model, screen, interrupts, watch)) {
      // What is typed before it is asked for is for the next line, and not to be seen until then.
      quiet(terminal);
      try (Keyboard lines = keyboard(terminal, chat)) {
        greet(chat);
        run(chat, lines);
      }
    }
  }

  /**
   * Shows nothing of what is typed, but still tells of Ctrl-C. Ctrl-Z means as little as where a
   * line is typed: the shell that follows would write over the answer.
   */
  private static void quiet(Terminal terminal) {
    terminal.enterRawMode();
    Attributes attributes = terminal.getAttributes();
    attributes.setLocalFlag(LocalFlag.ISIG, true);
    attributes.setControlChar(ControlChar.VSUSP, 0);
    terminal.setAttributes(attributes);
  }

  /** Where the lines are kept that are typed in the shell, if the user wants that. */
  static Path lines() {
    return UserState.path("chat_history");
  }

  private static Keyboard keyboard(Terminal terminal, Chat chat) {
    return new Keyboard(terminal, chat, lines());
  }

  private Chat chat(ChatModel model, Screen screen, Interrupts interrupts, CloudWatch watch) {
    Settings settings =
        new Settings(decoding.sampling(), decoding.isSeeded(), decoding.maxTokens());
    return new Chat(
        model, screen, interrupts, watch, settings, ChatCommand::explain, Commands.all());
  }

  private static String explain(Exception failure) {
    return VisibleText.of(
        failure instanceof ParameterException wrong
            ? wrong.getMessage()
            : Failures.message(failure));
  }

  private void run(Chat chat, LineSource lines) {
    chat.settings().setHistory(kept.isKept());
    if (system != null) {
      chat.conversation().setSystem(Optional.of(system));
    }
    if (load != null) {
      Flag.usage(
          spec,
          () ->
              Flag.value(
                  "--load",
                  load,
                  name -> {
                    Commands.load(chat, name);
                    return name;
                  }));
    }
    new Shell(chat, lines).run();
  }

  private static void greet(Chat chat) {
    chat.screen()
        .remark(
            "%s, split %s, cloud %s. /help lists the commands, Ctrl-D leaves."
                .formatted(
                    chat.model().choice().model(),
                    chat.model().split().options().split(),
                    chat.model().split().options().cloud()));
  }
}
