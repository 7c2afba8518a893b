package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.remote.DisagreementException;
import dev.bookend.session.ContextFullException;
import dev.bookend.triton.TritonException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns failures into one line on stderr and an exit code. */
final class Failures {
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;
  static final int REFUSED = 4;
  static final int DISAGREEMENT = 5;

  private Failures() {}

  static int usage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("bookend: " + failure.getMessage());
    if (!UnmatchedArgumentException.printSuggestions(failure, err)) {
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    }
    err.flush();
    return USAGE;
  }

  static int execution(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println("bookend: " + message(failure));
    if (isVerbose(parsed)) {
      failure.printStackTrace(err);
    }
    err.flush();
    return exitCode(failure);
  }

  /** Whether it is only that the user wanted no more. */
  static boolean isInterruption(Exception failure) {
    return failure instanceof TritonException triton
        && triton.kind() == TritonException.Kind.CANCELLED;
  }

  /** Whether the command that is to run was given {@code --verbose}. */
  static boolean isVerbose(ParseResult parsed) {
    return parsed.hasMatchedOption("--verbose")
        || (parsed.hasSubcommand() && isVerbose(parsed.subcommand()));
  }

  /** What is told of a failure. */
  static String message(Exception failure) {
    boolean forTheUser =
        failure instanceof BookendException
            || failure instanceof TritonException
            || failure instanceof ContextFullException
            || failure instanceof DisagreementException;
    return forTheUser
        ? failure.getMessage()
        : MemoryShortage.in(failure)
            .orElse("unexpected failure: " + failure + " (--verbose shows where)");
  }

  /** The documented code of a failure. */
  static int exitCode(Exception failure) {
    if (failure instanceof DisagreementException) {
      return DISAGREEMENT;
    }
    if (failure instanceof TritonException triton) {
      return switch (triton.kind()) {
        case UNREACHABLE, DEADLINE, MODEL_UNAVAILABLE -> UNREACHABLE;
        case REFUSED -> REFUSED;
        default -> FAILURE;
      };
    }
    return FAILURE;
  }
}
