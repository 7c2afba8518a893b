package dev.bookend.cli.completion;

import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;

/** The shells for which a script can be made that completes a program's commands and flags. */
public enum CompletionScript {
  BASH {
    @Override
    public String print(CommandLine program) {
      return bash(program);
    }
  },
  /**
   * Picocli's script for bash, by way of zsh's {@code bashcompinit}; without what it changes for
   * other commands.
   */
  ZSH {
    @Override
    public String print(CommandLine program) {
      String name = program.getCommandName();
      String script =
          bash(program)
              .replace("  setopt COMPLETE_ALIASES\n", "")
              .replace("  alias compopt=complete\n", "");
      // Where zsh reads this as a file because of the first Tab, that one is to be answered too.
      return """
      #compdef %1$s
      %2$s
      if [[ "${funcstack[1]-}" == _%1$s ]]; then
        _bash_complete -o default -F _complete_%1$s
      fi
      """
          .formatted(name, script);
    }
  },
  FISH {
    @Override
    public String print(CommandLine program) {
      return FishCompletion.print(program);
    }
  };

  /** Picocli's, with what only the user's file of configuration knows. */
  private static String bash(CommandLine program) {
    String profiles = "_" + program.getCommandName() + "_profiles";
    String flag = "    '" + ProfileNames.FLAG + "')\n";
    String offer =
        "      COMPREPLY=( $(compgen -W \"$(" + profiles + ")\" -- \"${curr_word}\") )\n";
    return AutoComplete.bash(program.getCommandName(), program).replace(flag, flag + offer)
        + profiles
        + "() {\n  "
        + ProfileNames.COMMAND
        + "\n}\n";
  }

  /** The script; it ends with a line feed. */
  public abstract String print(CommandLine program);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
