package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What the Tab key offers: the shells themselves are asked, where they are installed. */
class CompletionTest {
  @TempDir private Path directory;

  private static String script(String shell) {
    StringWriter out = new StringWriter();
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out));
    assertEquals(0, commandLine.execute("generate-completion", shell));
    return out.toString();
  }

  /** What a shell prints, a word a line, sorted. */
  private Set<String> ask(String shell, String... command) throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, shell))),
        "no " + shell);
    Process process =
        new ProcessBuilder(command)
            .directory(Files.createDirectories(directory.resolve("empty")).toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines()
        .map(line -> line.split("\t", 2)[0])
        .filter(line -> !line.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @CsvSource({
    "bookend gener, 'generate generate-completion'",
    "bookend model p, pull",
    "bookend model pull --edge, --edge-only",
    "'bookend generate --decode ', 'sequential speculative'",
    "'bookend generate-completion ', 'bash fish zsh'",
    "'bookend serve --max-t', ''",
  })
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
  @CsvSource({
    "bookend gener, 'generate generate-completion'",
    "bookend model p, pull",
    "bookend model pull --edge, --edge-only",
    "'bookend generate --decode ', 'sequential speculative'",
    "'bookend generate-completion ', 'bash fish zsh'",
    "'bookend serve --max-t', ''",
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

  private static Stream<String> flags(CommandLine command) {
    return Stream.concat(
        command.getCommandSpec().options().stream()
            .filter(option -> !option.hidden())
            .map(OptionSpec::longestName),
        command.getSubcommands().values().stream().flatMap(CompletionTest::flags));
  }
}
