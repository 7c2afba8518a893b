package dev.bookend.cli.completion;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A script for fish. Picocli has none: one {@code complete} line for each command, flag and
 * argument, under the condition that the words so far name the command that has it.
 */
final class FishCompletion {
  private static final Set<Class<?>> FILES = Set.of(Path.class, File.class);

  private final String program;
  private final List<String> paths = new ArrayList<>();
  private final StringBuilder lines = new StringBuilder();

  private FishCompletion(String program) {
    this.program = program;
  }

  static String print(CommandLine program) {
    FishCompletion script = new FishCompletion(program.getCommandName());
    script.add("", program.getCommandSpec());
    return script.head() + script.lines;
  }

  private String head() {
    StringBuilder all = new StringBuilder();
    paths.forEach(path -> all.append(' ').append(quoted(path)));
    return """
        # The words so far that name a command, such as "model pull".
        function __%1$s_command
            set -l words (commandline -opc)
            set -e words[1]
            set -l path
            for word in $words
                set -l next (string trim -- "$path $word")
                if contains -- $next%2$s
                    set path $next
                end
            end
            echo $path
        end
        function __%1$s_at
            test (__%1$s_command) = "$argv[1]"
        end
        function __%1$s_profiles
            %3$s
        end
        complete -c %1$s -f
        """
        .formatted(program, all, ProfileNames.COMMAND);
  }

  private void add(String path, CommandSpec command) {
    for (OptionSpec option : command.options()) {
      if (!option.hidden()) {
        option(path, option);
      }
    }
    for (PositionalParamSpec argument : command.positionalParameters()) {
      if (!argument.hidden()) {
        argument(path, argument);
      }
    }
    VisibleCommands.of(command)
        .forEach(
            (name, subcommand) -> {
              line(path, "-a " + quoted(name) + about(subcommand.usageMessage().description()));
              String longer = path.isEmpty() ? name : path + " " + name;
              paths.add(longer);
              add(longer, subcommand);
            });
  }

  private void option(String path, OptionSpec option) {
    StringBuilder line = new StringBuilder();
    for (String name : option.names()) {
      String bare = name.replaceFirst("^--?", "");
      line.append(name.startsWith("--") ? " -l " : " -s ").append(quoted(bare));
    }
    if (option.longestName().equals(ProfileNames.FLAG)) {
      line.append(" -x -a '(__").append(program).append("_profiles)'");
    } else if (option.arity().max() > 0) {
      line.append(' ').append(needsOne(option).strip());
    }
    line(path, line.append(about(option.description())).substring(1));
  }

  private void argument(String path, PositionalParamSpec argument) {
    if (!completion(argument).isEmpty()) {
      line(path, completion(argument));
    }
  }

  /** A value that must follow, and what it may be. */
  private static String needsOne(ArgSpec value) {
    return (isFile(value) ? "-r " : "-x ") + completion(value);
  }

  private static String completion(ArgSpec value) {
    if (value.completionCandidates() != null) {
      return "-a " + quoted(String.join(" ", value.completionCandidates()));
    }
    return isFile(value) ? "-F" : "";
  }

  private static boolean isFile(ArgSpec value) {
    return FILES.contains(value.type())
        || value.paramLabel().contains("FILE")
        || value.paramLabel().contains("DIR");
  }

  private void line(String path, String rest) {
    String condition = quoted("__" + program + "_at " + quoted(path));
    lines.append("complete -c ").append(program).append(" -n ").append(condition);
    lines.append(' ').append(rest).append('\n');
  }

  /** The first sentence, up to a remark in parentheses: a menu has a line for each. */
  private static String about(String... description) {
    String text = String.join(" ", description).replace("%n", " ").strip();
    String first = text.split("(?<=[.:;])\\s|\\s\\(", 2)[0].replaceAll("[.:;]$", "");
    return first.isEmpty() ? "" : " -d " + quoted(first);
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
