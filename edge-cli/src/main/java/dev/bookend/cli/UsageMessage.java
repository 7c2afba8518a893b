package dev.bookend.cli;

import dev.bookend.cli.completion.VisibleCommands;
import dev.bookend.cli.config.Suggestion;
import dev.bookend.cli.config.WrongChoice;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What is wrong with a command line, in this program's words instead of Picocli's, and without
 * words that may be a piece of a prompt or a secret: arguments that are one too many, values of
 * options that do not exist, and headers.
 */
final class UsageMessage {
  private UsageMessage() {}

  static String of(ParameterException failure) {
    if (failure.getArgSpec() instanceof OptionSpec option
        && option.longestName().equals(CloudOptions.HEADER)) {
      return CloudOptions.HEADER + ": write NAME=VALUE, or NAME=@FILE";
    }
    if (failure.getArgSpec() instanceof OptionSpec option
        && option.converters().length == 1
        && option.converters()[0] instanceof FlagValue<?>) {
      return option.longestName() + ": " + failure.getCause().getMessage();
    }
    if (failure instanceof UnmatchedArgumentException unmatched) {
      return unmatched.isUnknownOption()
          ? unknown(
              failure.getCommandLine(), unmatched.getUnmatched().get(0).replaceFirst("=.*", ""))
          : tooMany(failure.getCommandLine(), unmatched.getUnmatched().get(0));
    }
    String said = failure.getMessage();
    if (said.startsWith("Missing required subcommand")) {
      CommandLine command = failure.getCommandLine();
      return "a command is missing behind '%s': %s"
          .formatted(command.getCommandName(), WrongChoice.listed(names(command), "or"));
    }
    return Optional.ofNullable(failure.getArgSpec())
        .flatMap(
            argument -> WrongChoice.of(argument, said).map(what -> label(argument) + ": " + what))
        .orElse(said);
  }

  private static String label(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static List<String> names(CommandLine command) {
    return List.copyOf(VisibleCommands.of(command.getCommandSpec()).keySet());
  }

  private static String tooMany(CommandLine command, String word) {
    if (command.getSubcommands().isEmpty()) {
      return "there is one argument too many"
          + (command.getCommandSpec().positionalParameters().isEmpty()
              ? ""
              : "; put quotes around a text of several words");
    }
    if (!word.matches("[a-z-]{1,20}")) {
      return "a command comes first";
    }
    String before = command.getParent() == null ? "" : command.getCommandName() + " ";
    return "there is no command '"
        + before
        + word
        + "'"
        + Suggestion.of(word, names(command)).map(near -> meant(before + near)).orElse("");
  }

  /** Without a command flags are not those of the shell, though that is what it opens. */
  private static String unknown(CommandLine command, String flag) {
    CommandLine chat = command.getSubcommands().get("chat");
    boolean isOfChat = chat != null && chat.getCommandSpec().findOption(flag) != null;
    List<String> known =
        command.getCommandSpec().options().stream()
            .filter(option -> !option.hidden())
            .map(option -> option.longestName().replaceFirst("^--", ""))
            .collect(Collectors.toList());
    return "Unknown option: '"
        + flag
        + "'"
        + (isOfChat
            ? "; flags come behind a command: 'bookend chat " + flag + " ...'"
            : Suggestion.of(flag, known).map(near -> meant("--" + near)).orElse(""));
  }

  private static String meant(String near) {
    return "; did you mean '" + near + "'?";
  }
}
