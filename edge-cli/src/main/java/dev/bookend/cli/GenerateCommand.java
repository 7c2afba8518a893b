package dev.bookend.cli;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.grammar.Grammar;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
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
  private static final String MISSING =
      "a prompt is missing; give it as an argument, or '-' to read it from stdin";

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions options;
  @Mixin private DecodeOptions decoding;
  @Mixin private HistoryOptions history;

  @Parameters(
      arity = "0..2",
      paramLabel = "PROMPT",
      description =
          "The prompt. With '-', or without one while input is piped in, it is read from stdin; with"
              + " 'TEXT -' what is read comes behind that text.")
  private List<String> arguments = List.of();

  @Option(names = "--system", paramLabel = "TEXT", description = "A system message.")
  private String system;

  @Option(
      names = "--raw",
      fallbackValue = "true",
      description = "Continue the prompt as plain text, without the model's chat template.")
  private boolean raw;

  @Option(
      names = "--json",
      fallbackValue = "true",
      description = "Print one JSON object at the end, with the answer, its times and its bytes.")
  private boolean json;

  @Option(
      names = "--json-schema",
      paramLabel = "FILE",
      description = "Hold the answer to JSON that fits the JSON schema in this file.")
  private Path schema;

  private boolean begun;

  private final PrintStream out = StandardStreams.answers();

  @Override
  public Integer call() {
    String prompt = prompt();
    if (raw && !Flag.isTyped(spec, "--raw") && Flag.isTyped(spec, "--system")) {
      raw = false;
    }
    if (raw && Flag.isTyped(spec, "--system")) {
      throw new ParameterException(
          spec.commandLine(),
          "--system has no meaning with --raw, which leaves out the chat template");
    }
    decoding.check();
    Optional<Grammar> grammar = Optional.ofNullable(schema).map(this::grammar);
    try (Bookend bookend = options.open(decoding, history, 1)) {
      Prompt asked = raw ? new Prompt.Text(prompt) : new Prompt.Chat(messages(prompt));
      if (bookend.tokens(asked).length == 0) {
        throw new ParameterException(spec.commandLine(), "the prompt is empty");
      }
      return answer(bookend, request(bookend, asked, grammar));
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

  /** Read before the model is, so that a schema that is wrong is found out soon. */
  private Grammar grammar(Path file) {
    return Flag.usage(
        spec,
        () ->
            Flag.value(
                "--json-schema: " + file, Flag.text("--json-schema", file), Grammar::ofJsonSchema));
  }

  private CompletionRequest request(Bookend bookend, Prompt prompt, Optional<Grammar> grammar) {
    CompletionRequest request =
        CompletionRequest.of(prompt)
            .withSampling(decoding.sampling())
            .withMaxTokens(decoding.maxTokens());
    return grammar
        .map(schemaOfFile -> request.withRules(schemaOfFile.rules(bookend.model().vocabulary())))
        .orElse(request);
  }

  private int answer(Bookend bookend, CompletionRequest request) {
    Cancellation cancellation = new Cancellation();
    try (Interruption interruption = new Interruption(cancellation)) {
      AnswerPrinter printer =
          json
              ? new JsonPrinter(out, bookend.model().model().statistics(), settings(bookend))
              : new TextPrinter(out, options.verbose());
      long start = System.nanoTime();
      try {
        tellOfCut(
            printer,
            bookend.complete(
                request,
                piece -> {
                  if (!json) {
                    options.notices().beforePiece(piece.text());
                  }
                  tellFirst(start);
                  if (!printer.piece(piece.text())) {
                    cancellation.cancel();
                  }
                },
                cancellation));
      } catch (RuntimeException e) {
        options.notices().end();
        printer.brokenOff(e, interruption.requested());
        if (!interruption.requested()) {
          throw e;
        }
      }
      return CommandLine.ExitCode.OK;
    }
  }

  private GenerationJson.Settings settings(Bookend bookend) {
    Sampling sampling = decoding.sampling();
    return new GenerationJson.Settings(
        options.modelName(),
        bookend.model().model().options(),
        decoding.mode(),
        sampling.isGreedy() ? Optional.empty() : Optional.of(sampling.seed()),
        bookend
            .batchInvariantSteps()
            .map(all -> OptionalInt.of(all.least()))
            .orElse(OptionalInt.empty()));
  }

  private void tellOfCut(AnswerPrinter printer, Completion answer) {
    printer.complete(answer);
    if (!json
        && answer.finishReason() == FinishReason.LENGTH
        && (StandardStreams.errorIsTerminal() || !Flag.isGiven(spec, "--max-tokens"))) {
      StandardStreams.remark(
          "(ended after " + answer.tokens().size() + " tokens; --max-tokens allows more)");
    }
  }

  /** With {@code --verbose}, says when the answer has begun. */
  private void tellFirst(long start) {
    if (options.verbose() && !begun) {
      begun = true;
      double millis = (System.nanoTime() - start) / 1e6;
      StandardStreams.remark(String.format(Locale.ROOT, "first token after %.0f ms", millis));
    }
  }

  private String prompt() {
    if (arguments.isEmpty() && StandardStreams.inputIsTerminal()) {
      throw new ParameterException(spec.commandLine(), MISSING);
    }
    if (arguments.size() > 2 || (arguments.size() == 2 && !arguments.get(1).equals("-"))) {
      throw new ParameterException(
          spec.commandLine(),
          "a prompt is one argument; put quotes around a text of several words");
    }
    String typed = arguments.isEmpty() ? "-" : arguments.get(0);
    String text;
    if (arguments.size() == 2) {
      text = typed + "\n\n" + input();
    } else if (typed.equals("-")) {
      text = input();
    } else {
      text = typed;
      if (StandardInput.hasSome()) {
        StandardStreams.remark(
            "note: what is piped in is not read; 'bookend generate TEXT -' puts it behind the text");
      }
    }
    if (text.isBlank()) {
      throw new ParameterException(
          spec.commandLine(), arguments.isEmpty() ? MISSING : "the prompt is empty");
    }
    return text;
  }

  private String input() {
    String input = StandardInput.read();
    // White space is part of a text to continue, except for the line break at its end.
    return raw ? input.replaceFirst("\\R\\z", "") : input.strip();
  }
}
