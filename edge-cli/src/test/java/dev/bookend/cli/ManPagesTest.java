package dev.bookend.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.cli.completion.VisibleCommands;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ManPagesTest {
  @TempDir private Path directory;

  @BeforeEach
  void write() {
    assertEquals(0, Main.commandLine().execute("man-pages", directory.toString()));
  }

  @Test
  void everyCommandHasItsPageAndEveryFlagItsEntry() throws Exception {
    Set<String> names = new TreeSet<>();
    for (CommandSpec command : VisibleCommands.all(Main.commandLine().getCommandSpec())) {
      String name = command.qualifiedName("-") + ".1";
      names.add(name);
      String page = Files.readString(directory.resolve(name));
      for (OptionSpec option : command.options()) {
        String entry = "\\fB" + option.longestName().replace("-", "\\-") + "\\fR";
        assertTrue(option.hidden() || page.contains(entry), name + ": " + option.longestName());
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          names,
          files
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  /** Brackets, quotes, dashes and signs beyond ASCII, as {@code man} shows them. */
  @Test
  void manShowsThePageWithoutAComplaint() throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "man"))),
        "no man");
    ProcessBuilder man =
        new ProcessBuilder(
            "man", "--warnings", "-l", directory.resolve("bookend-generate.1").toString());
    man.environment().putAll(Map.of("LC_ALL", "C.UTF-8", "MANWIDTH", "200"));
    Process process = man.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains("[--split=K[:M]]"), text);
    assertTrue(text.contains("[--wan=rtt=80ms[,…]]"), text);
    assertTrue(text.contains("'authorization: Bearer ...'"), text);
    assertTrue(text.lines().noneMatch(line -> line.contains("warning")), text);
  }
}
