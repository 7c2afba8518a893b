package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.cli.completion.VisibleCommands;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What the Tab key offers: the shells themselves are asked, where they are installed. */
class CompletionTest {
  private static final String CONFIGURATION =
      """
      profile = "home"
      [serve]
      port = 8080
      [profiles.work-2]
      split = "2:2"
        [profiles.work-2.serve]
      port = 8081
      [profiles.home]
      """;

  @TempDir private Path directory;

  private static String script(String shell) {
    StringWriter out = new StringWriter();
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out));
    assertEquals(0, commandLine.execute("completion", shell));
    return out.toString();
  }

  /** What a shell prints, a word a line, sorted. */
  private Set<String> ask(String shell, String... command) throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, shell))),
        "no " + shell);
    Path config = Files.createDirectories(directory.resolve("config/bookend"));
    Files.writeString(config.resolve("config.toml"), CONFIGURATION);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Files.createDirectories(directory.resolve("empty")).toFile())
            .redirectErrorStream(true);
    builder.environment().put("XDG_CONFIG_HOME", config.getParent().toString());
    builder.environment().remove("BOOKEND_CONFIG");
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines()
        .map(line -> line.split("\t", 2)[0])
        .filter(line -> !line.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of("bookend gener", "generate"),
        Arguments.of("bookend model p", "pull"),
        Arguments.of("bookend model pull --edge", "--edge-only"),
        Arguments.of("bookend generate --decode ", "sequential speculative"),
        Arguments.of("bookend completion ", "bash fish zsh"),
        Arguments.of("bookend generate --profile ", "home work-2"),
        Arguments.of("bookend --profile w", "work-2"),
        Arguments.of("bookend serve --max-t", ""));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void bashCompletes(String line, String offered) throws Exception {
    Path file = Files.writeString(directory.resolve("bookend.bash"), script("bash"));
    // As bash calls it; what it says about file names can be said only there.
    String ask =
        "compopt() { :; }; source \"$1\"; COMP_WORDS=($2); [[ $2 == *' ' ]] && COMP_WORDS+=('');"
            + " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_bookend;"
            + " printf '%s\\n' \"${COMPREPLY[@]}\"";
    assertEquals(
        offered, String.join(" ", ask("bash", "bash", "-c", ask, "bash", file.toString(), line)));
  }

  @ParameterizedTest
  @MethodSource("lines")
  @CsvSource({
    "bookend generate chat --max-t, --max-tokens",
    "'bookend generate --max-tokens ', ''",
    "bookend generate --tls-ca /dev/nul, /dev/null",
  })
  void fishCompletes(String line, String offered) throws Exception {
    Path file = Files.writeString(directory.resolve("bookend.fish"), script("fish"));
    String ask = "source $argv[1]; complete -C $argv[2]";
    assertEquals(
        offered, String.join(" ", ask("fish", "fish", "-N", "-c", ask, file.toString(), line)));
  }

  /** Through a pseudo-terminal of zsh's own: only its line editor completes. */
  @Test
  void zshCompletesAtTheFirstTab() throws Exception {
    Files.writeString(directory.resolve("_bookend"), script("zsh"));
    String ask =
        """
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z "PS1=; fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D; bookend() { print -l \\$@ >$1/words; print E''ND; }; print REA''DY"
        while zpty -r z line; do [[ $line == *READY* ]] && break; done
        zpty -w z $'bookend generate --max-t\\t5 --decode seq\\t'
        while zpty -r z line; do print -r -- $line; [[ $line == *END* ]] && break; done >$1/log
        cat $1/words
        """;
    assertEquals(
        Set.of("generate", "--max-tokens", "5", "--decode", "sequential"),
        ask("zsh", "zsh", "-f", "-c", ask, "zsh", directory.toString()));
    String log = Files.readString(directory.resolve("log"));
    assertFalse(log.contains("not found"), log);
  }

  @ParameterizedTest
  @CsvSource({"bash", "zsh", "fish"})
  void everyFlagIsKnown(String shell) {
    String script = script(shell);
    flags(Main.commandLine())
        .forEach(flag -> assertTrue(script.contains(flag.replaceFirst("^--", "")), flag));
  }

  private static Stream<String> flags(CommandLine program) {
    return VisibleCommands.all(program.getCommandSpec()).stream()
        .flatMap(command -> command.options().stream())
        .filter(option -> !option.hidden())
        .map(OptionSpec::longestName);
  }
}
