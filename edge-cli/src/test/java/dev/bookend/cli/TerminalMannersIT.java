package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.cli.Launched.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on machines that are set up in other ways; with commands that need no model. */
@DisabledOnOs(OS.WINDOWS)
class TerminalMannersIT {
  @TempDir private Path directory;

  private static Result launch(Map<String, String> environment, String... args) throws Exception {
    try (Launched launched = Launched.start("", environment, args)) {
      return launched.await();
    }
  }

  /** With letters of its own in Java too, where "I" in small letters is no "i". */
  @Test
  void aFileKeepsItsLettersWhereTheLocaleIsNotInstalled() throws Exception {
    Path file = Files.writeString(directory.resolve("Grüße 世界.jsonl"), "\uFEFF{\r\n");
    Map<String, String> environment =
        Map.of("LC_ALL", "xx_YY.UTF-8", "JAVA_TOOL_OPTIONS", "-Duser.language=tr");
    Result result =
        launch(
            environment, "eval", "--decode", "SPECULATIVE", "--weights", "BF16", file.toString());
    assertEquals(2, result.code(), result.err());
    assertEquals(
        "bookend: " + file + " line 1: not a JSON object of this form",
        result
            .err()
            .lines()
            .filter(line -> !line.startsWith("Picked up JAVA_TOOL_OPTIONS"))
            .findFirst()
            .orElse(""));
    assertEquals("", result.out());
  }

  @Test
  void theHomeIsWhereTheEnvironmentSaysAndNothingElseIsSaid() throws Exception {
    Path home = Files.createDirectory(directory.resolve("ein Zuhause für alle"));
    Map<String, String> environment =
        Map.of("HOME", home.toString(), "BOOKEND_CONFIG", "", "XDG_CONFIG_HOME", "", "LC_ALL", "C");
    Result result = launch(environment, "config", "path");
    assertEquals(home.resolve(".config/bookend/config.toml") + "\n", result.out());
    assertEquals("", result.err());
    assertEquals(0, result.code());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aUserWhomTheMachineDoesNotKnowCanUseIt() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name"))
            && Files.isExecutable(Path.of("/usr/bin/setpriv")),
        "only root can become somebody else");
    Path launcher = Path.of("..").toRealPath().resolve("bookend");
    for (Path at = launcher; at != null; at = at.getParent()) {
      assumeTrue(
          PosixFilePermissions.toString(Files.getPosixFilePermissions(at)).endsWith("x"),
          "others cannot reach the launcher");
    }
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    String become = "exec setpriv --reuid 54321 --regid 54321 --clear-groups \"$0\" config init";
    Result result = sh(become, home, launcher);
    assertEquals(home.resolve(".config/bookend/config.toml") + "\n", result.out(), result.err());
    assertEquals("", result.err());
    assertEquals(
        54321, Files.getAttribute(home.resolve(".config/bookend/config.toml"), "unix:uid"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anOutputThatCannotBeWrittenIsAFailureWithAWord() throws Exception {
    Path launcher = Path.of("..").toRealPath().resolve("bookend");
    Result full = sh("\"$0\" config path >/dev/full; echo $?", directory, launcher);
    assertEquals("1\n", full.out());
    assertTrue(full.err().startsWith("bookend: cannot write to stdout: "), full.err());
    Result none = sh("\"$0\" generate <&-; echo $?", directory, launcher);
    assertEquals("2\n", none.out());
    assertTrue(none.err().startsWith("bookend: a prompt is missing"), none.err());
    assertFalse(none.err().contains("UTF-8"), none.err());
  }

  private Result sh(String script, Path home, Path launcher)
      throws IOException, InterruptedException {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", script, launcher.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().remove("BOOKEND_CONFIG");
    builder.environment().remove("XDG_CONFIG_HOME");
    int code = builder.start().waitFor();
    return new Result(code, Files.readString(out), Files.readString(err));
  }
}
