package dev.bookend.cli;

import dev.bookend.cli.config.ConfigException;
import dev.bookend.cli.config.ConfiguredDefaults;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Turns failures into one line on stderr and an exit code. The libraries know no flags: what they
 * report as an {@link ErrorCode} is explained here in the words of the command line.
 */
final class Failures {
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;
  static final int REFUSED = 4;
  static final int DISAGREEMENT = 5;

  /** No failure, but for who wants a place: only the probe of a server ends with it. */
  static final int FULL = 6;

  private Failures() {}

  static int usage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    if (failure.getCause() instanceof ConfigException wrong) {
      err.println("bookend: " + VisibleText.line(failure.getMessage()));
      err.println("Try 'bookend config " + wrong.wayOut() + "'.");
      err.flush();
      return USAGE;
    }
    err.println("bookend: " + VisibleText.of(explained(command, UsageMessage.of(failure))));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return USAGE;
  }

  /** What is wrong; of the flags that it names and that were not typed, where they are set. */
  private static String explained(CommandLine command, String message) {
    return command.getDefaultValueProvider() instanceof ConfiguredDefaults configured
        ? configured.explain(command.getCommandSpec(), message)
        : message;
  }

  static int execution(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("bookend: " + VisibleText.of(explained(command, message(failure))));
    if (isVerbose(parsed)) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      err.print(VisibleText.of(trace.toString()));
    }
    err.flush();
    return exitCode(failure);
  }

  /** Whether the command that is to run is to say more. */
  static boolean isVerbose(ParseResult parsed) {
    OptionSpec flag = parsed.commandSpec().findOption("--verbose");
    return (flag != null && Boolean.TRUE.equals(flag.getValue()))
        || (parsed.hasSubcommand() && isVerbose(parsed.subcommand()));
  }

  /** What the user is told of a failure: what went wrong, and the way out where there is one. */
  static String message(Exception failure) {
    if (failure instanceof BookendException known) {
      String message = known.getMessage();
      String hint = hint(known.code());
      return hint.isEmpty() ? message : message + (message.endsWith("?") ? " " : "; ") + hint;
    }
    return MemoryShortage.in(failure)
        .orElse(VisibleText.line("unexpected failure: " + failure) + " (--verbose shows where)");
  }

  /** The documented exit code of a failure. */
  static int exitCode(Exception failure) {
    return failure instanceof BookendException known ? exitCode(known.code()) : FAILURE;
  }

  private static int exitCode(ErrorCode code) {
    return switch (code) {
      case SPLIT_DOES_NOT_FIT, EXPORT_DOES_NOT_FIT -> USAGE;
      case CLOUD_UNREACHABLE, CLOUD_TIMEOUT, CLOUD_MIDDLE_UNAVAILABLE -> UNREACHABLE;
      case CLOUD_REFUSED -> REFUSED;
      case CLOUD_DISAGREES -> DISAGREEMENT;
      case MODEL_NOT_FOUND,
          MODEL_UNSUPPORTED,
          MODEL_DAMAGED,
          MODEL_INCOMPLETE,
          ADAPTER_UNSUITABLE,
          IO_FAILED,
          DISK_FULL,
          TARGET_EXISTS,
          SETTING_INVALID,
          HUB_UNREACHABLE,
          HUB_REFUSED,
          HUB_FAILED,
          ENGINE_UNAVAILABLE,
          DEVICE_UNAVAILABLE,
          WEIGHT_TYPE_UNAVAILABLE,
          OUT_OF_MEMORY,
          NO_CHAT_TEMPLATE,
          TEMPLATE_UNSUPPORTED,
          TEMPLATE_REFUSED,
          CONTEXT_FULL,
          TOO_MANY_REQUESTS,
          NOT_BATCH_INVARIANT,
          DRAFTER_UNUSABLE,
          DRAFT_MODEL_UNSUITABLE,
          DRAFT_HEAD_MISSING,
          DRAFT_HEAD_DAMAGED,
          TRAINING_TEXT_TOO_SHORT,
          TRAINING_DIVERGED,
          TRAINING_IN_VAIN,
          CLOUD_SESSION_LOST,
          CLOUD_EXHAUSTED,
          CLOUD_FAILED,
          PRECISION_TOO_NARROW,
          CANCELLED ->
          FAILURE;
    };
  }

  /** The way out in terms of flags and commands; empty where the failure's message says it all. */
  static String hint(ErrorCode code) {
    return switch (code) {
      case MODEL_DAMAGED -> "'bookend model rm NAME' lets a model of the hub be fetched anew";
      case HUB_UNREACHABLE -> "'bookend model list' shows the models that are here";
      case MODEL_INCOMPLETE ->
          "'bookend model pull --edge-only --split K:M NAME' fetches what another split needs,"
              + " 'bookend model pull NAME' all; with --cloud a server has the middle";
      case ADAPTER_UNSUITABLE ->
          "--edge-lora names the adapter, --depths how many layers it is for";
      case DEVICE_UNAVAILABLE -> "use --device cpu";
      case WEIGHT_TYPE_UNAVAILABLE -> "use --weights f32";
      case NO_CHAT_TEMPLATE, TEMPLATE_UNSUPPORTED ->
          "'bookend generate --raw' lets the model continue plain text";
      case TEMPLATE_REFUSED ->
          "try it without --system, or let the model continue plain text with 'bookend generate"
              + " --raw'";
      case CONTEXT_FULL -> "shorten the text";
      case SPLIT_DOES_NOT_FIT -> "choose a split that keeps fewer layers here";
      case NOT_BATCH_INVARIANT -> "without --strict the answer says how many tokens were near ties";
      case DRAFT_HEAD_MISSING -> "make one with 'bookend standin train'";
      case DRAFT_HEAD_DAMAGED -> "remove it, or make it anew with 'bookend standin train'";
      case TRAINING_TEXT_TOO_SHORT ->
          "give more text with --text or --phrases, or learn from more of it with --tokens";
      case TRAINING_DIVERGED -> "use --weights f32";
      case TRAINING_IN_VAIN -> "give it other texts with another --seed, or with --text";
      case CLOUD_UNREACHABLE, CLOUD_TIMEOUT ->
          "'bookend doctor' with the same --cloud looks for the cause";
      case CLOUD_REFUSED ->
          "with grpcs://, --tls-ca names the certificates to trust, --tls-cert and --tls-key your own; a token goes"
              + " into BOOKEND_TOKEN or --header";
      case CLOUD_DISAGREES ->
          "write the middle with 'bookend export' and the same --model and --split, or give those"
              + " that the server has";
      case CLOUD_MIDDLE_UNAVAILABLE ->
          "load it on the server again, or name another server with --cloud";
      case CLOUD_SESSION_LOST, CLOUD_FAILED -> "the server's log may say more";
      case CLOUD_EXHAUSTED -> "the server needs fewer sessions or a shorter context";
      case PRECISION_TOO_NARROW -> "export with --precision fp32";
      case MODEL_NOT_FOUND,
          MODEL_UNSUPPORTED,
          IO_FAILED,
          DISK_FULL,
          TARGET_EXISTS,
          SETTING_INVALID,
          HUB_REFUSED,
          HUB_FAILED,
          OUT_OF_MEMORY,
          DRAFTER_UNUSABLE,
          DRAFT_MODEL_UNSUITABLE,
          EXPORT_DOES_NOT_FIT,
          TOO_MANY_REQUESTS,
          ENGINE_UNAVAILABLE,
          CANCELLED ->
          "";
    };
  }
}
