package dev.bookend.cli;

import dev.bookend.TextModel;
import dev.bookend.TextModel.Answer;
import dev.bookend.decoding.Decoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.CloudTime;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.split.SplitModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bookend generate}: one answer to one prompt. */
@Command(name = "generate", description = "Answer one prompt.")
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private DecodeOptions decoding;
  @Mixin private HistoryOptions history;

  @Parameters(
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The prompt; '-', or none while input is piped in: read it from stdin.")
  private String argument;

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message.")
  private String system;

  @Option(
      names = "--raw",
      description = "Continue the prompt as plain text, without the model's chat template.")
  private boolean raw;

  @Option(
      names = "--json",
      description = "Print one JSON object with the answer and what it took, at the end.")
  private boolean json;

  private boolean begun;

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  @Override
  public Integer call() {
    String prompt = prompt();
    if (raw && system != null) {
      throw new ParameterException(
          spec.commandLine(), "--system has no meaning with --raw: there is no chat template");
    }
    decoding.check();
    try (TextModel model = options.open()) {
      history.apply(model);
      int[] tokens = raw ? model.rawPrompt(prompt) : model.chatPrompt(messages(prompt));
      if (tokens.length == 0) {
        throw new ParameterException(spec.commandLine(), "the prompt is empty");
      }
      return json ? printJson(model, tokens) : stream(model, tokens);
    }
  }

  private List<Message> messages(String prompt) {
    List<Message> messages = new ArrayList<>();
    if (system != null) {
      messages.add(new Message(Role.SYSTEM, system));
    }
    messages.add(new Message(Role.USER, prompt));
    return messages;
  }

  private int stream(TextModel model, int[] prompt) {
    long start = System.nanoTime();
    Optional<BatchInvariantSteps> steps = decoding.exactSteps(model);
    try (Interruption interruption = new Interruption();
        Decoding decoder = decoding.open(model);
        Session session = model.model().newSession(steps)) {
      try {
        Answer answer =
            model.generate(
                decoder,
                session,
                prompt,
                decoding.maxTokens(),
                piece -> {
                  tellFirst(start);
                  out.print(piece);
                  // Flushes; whoever reads may have read enough ('| head').
                  return !out.checkError() && !interruption.requested();
                });
        out.println();
        if (options.verbose()) {
          summary(answer, session.stats(), System.nanoTime() - start);
        }
      } catch (CloudException e) {
        out.println();
        if (!interruption.requested()) {
          throw e;
        }
      } finally {
        out.flush();
      }
      return CommandLine.ExitCode.OK;
    }
  }

  /** With --verbose, says when the answer has begun. */
  private void tellFirst(long start) {
    if (options.verbose() && !begun) {
      begun = true;
      double millis = (System.nanoTime() - start) / 1e6;
      System.err.println(
          StandardStreams.dim(String.format(Locale.ROOT, "first token after %.0f ms", millis)));
    }
  }

  private void summary(Answer answer, SessionStats stats, long nanos) {
    int tokens = answer.generation().tokens().size();
    System.err.println(
        StandardStreams.dim(
            String.format(
                Locale.ROOT,
                "%d tokens in %.2f s, %.1f tokens/s, %d round trips, %.2f tokens each, %d reconnects,"
                    + " %d near ties",
                tokens,
                nanos / 1e9,
                tokens * 1e9 / nanos,
                stats.roundTrips(),
                stats.tokensPerRoundTrip(),
                stats.reconnects(),
                answer.generation().nearTies())));
    for (Contribution drafter : answer.generation().drafters()) {
      System.err.println(
          StandardStreams.dim(
              String.format(
                  Locale.ROOT,
                  "%s: %d of %d guesses right",
                  drafter.drafter(),
                  drafter.accepted(),
                  drafter.sent())));
    }
  }

  private int printJson(TextModel model, int[] prompt) {
    SplitModel split = model.model();
    StringBuilder told = new StringBuilder();
    Optional<BatchInvariantSteps> steps = decoding.exactSteps(model);
    try (Interruption interruption = new Interruption();
        Decoding decoder = decoding.open(model);
        Session session = model.model().newSession(steps)) {
      CloudTime before = split.statistics().cloudTime();
      long start = System.nanoTime();
      long sent = split.statistics().bytesSent();
      long received = split.statistics().bytesReceived();
      try {
        Answer answer =
            model.generate(
                decoder,
                session,
                prompt,
                decoding.maxTokens(),
                piece -> {
                  tellFirst(start);
                  told.append(piece);
                  return !interruption.requested();
                });
        sent = split.statistics().bytesSent() - sent;
        received = split.statistics().bytesReceived() - received;
        SessionStats stats = session.stats();
        long cloud = split.statistics().cloudTime().share(before, stats.requests());
        out.println(
            GenerationJson.of(
                    answer,
                    prompt,
                    stats,
                    cloud,
                    sent,
                    received,
                    options.modelName(),
                    decoding,
                    steps,
                    split)
                .toJson());
      } catch (RuntimeException e) {
        // What was generated is the user's: it must not be lost with the rest of the object.
        out.println(
            GenerationJson.broken(
                told.toString(),
                e,
                interruption.requested(),
                options.modelName(),
                split.options()));
        if (!interruption.requested()) {
          throw e;
        }
      } finally {
        out.flush();
      }
      return CommandLine.ExitCode.OK;
    }
  }

  private String prompt() {
    String text = argument;
    if (argument == null && StandardStreams.inputIsTerminal()) {
      throw new ParameterException(
          spec.commandLine(), "a prompt is missing; give it as an argument, or '-' for stdin");
    }
    if (argument == null || argument.equals("-")) {
      try {
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        // Where plain text is continued, its white space counts, but for the end of the last line.
        text = raw ? input.replaceFirst("\\R\\z", "") : input.strip();
      } catch (IOException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot read the prompt from stdin: " + e.getMessage(), e);
      }
    }
    if (text.isBlank()) {
      throw new ParameterException(spec.commandLine(), "the prompt is empty");
    }
    return text;
  }
}
