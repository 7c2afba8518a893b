package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher script in a checkout whose path has a space, with an {@code mvn} that writes an
 * empty jar and a {@code java} that prints its arguments.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir private Path directory;
  private Path home;
  private Path jar;
  private Path source;

  @BeforeEach
  void checkOut() throws IOException {
    home = Files.createDirectories(directory.resolve("a checkout"));
    jar = home.resolve("edge-cli/target/bookend.jar");
    source = home.resolve("edge-cli/src/main/java/Main.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class Main {}");
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    Path part = home.resolve("edge-cli/src/launcher/checkout.sh");
    Files.createDirectories(part.getParent());
    Files.copy(Path.of("src/launcher/checkout.sh"), part);
    Files.copy(Path.of("../bookend"), home.resolve("bookend"), StandardCopyOption.COPY_ATTRIBUTES);
    script(
        "mvn",
        "home=$(dirname \"$3\")",
        "echo built >> \"$home/builds\"",
        "sleep 1",
        "mkdir -p \"$home/edge-cli/target\"",
        "touch \"$home/edge-cli/target/bookend.jar\"");
    script("java", "for argument; do echo \"<$argument>\"; done");
  }

  private void script(String name, String... lines) throws IOException {
    Path file = Files.createDirectories(directory.resolve("bin")).resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process start(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString());
    builder.command().addAll(List.of(arguments));
    builder.redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static String await(int code, Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(code, process.waitFor(), out);
    return out;
  }

  private String run(String... arguments) throws Exception {
    return await(0, start(home.resolve("bookend"), Map.of(), arguments));
  }

  private long builds() throws IOException {
    return Files.readAllLines(home.resolve("builds")).size();
  }

  @Test
  void argumentsArriveAsTheyAre() throws Exception {
    String out = run("generate", "a  b", "*", "");
    assertTrue(out.endsWith("<" + jar + ">\n<generate>\n<a  b>\n<*>\n<>\n"), out);
  }

  @Test
  void jarsOfTheUserStandBehindBookendsOwn() throws Exception {
    String jars =
        Files.createFile(home.resolve("my drafter.jar"))
            + ":"
            + Files.createFile(home.resolve("other.jar"));
    Map<String, String> environment = Map.of("BOOKEND_CLASSPATH", jars);
    String out = await(0, start(home.resolve("bookend"), environment, "generate", "a  b"));
    String classPath = jar + ":" + jars;
    assertTrue(
        out.endsWith("<-cp>\n<" + classPath + ">\n<dev.bookend.cli.Main>\n<generate>\n<a  b>\n"),
        out);
    assertFalse(out.contains("ArchiveClassesAtExit"), "the archive is Bookend's own");
  }

  @Test
  void anEmptyEntryOfTheClassPathIsNotTheWorkingDirectory() throws Exception {
    Path a = Files.createFile(home.resolve("a.jar"));
    for (String path : List.of(":%s", "%s:", "::%s::", "%s")) {
      Map<String, String> environment = Map.of("BOOKEND_CLASSPATH", path.formatted(a));
      String out = await(0, start(home.resolve("bookend"), environment));
      assertTrue(out.contains("<-cp>\n<" + jar + ":" + a + ">\n"), out);
    }
    String out = await(0, start(home.resolve("bookend"), Map.of("BOOKEND_CLASSPATH", "::")));
    assertTrue(out.contains("<-jar>\n<" + jar + ">\n"), out);
  }

  @Test
  void aJarThatIsNotThereIsNamed() throws Exception {
    run();
    Map<String, String> environment = Map.of("BOOKEND_CLASSPATH", "/no/such.jar");
    String out = await(1, start(home.resolve("bookend"), environment));
    assertTrue(out.contains("BOOKEND_CLASSPATH: there is no /no/such.jar"), out);
    String all = home + "/*";
    out = await(0, start(home.resolve("bookend"), Map.of("BOOKEND_CLASSPATH", all)));
    assertTrue(out.contains(":" + all + ">"), out);
  }

  @Test
  void theHomeIsTheEnvironments() throws Exception {
    String out = await(0, start(home.resolve("bookend"), Map.of("HOME", "/else where")));
    assertTrue(out.contains("<-Duser.home=/else where>"), out);
  }

  @Test
  void aLocaleThatIsNotInstalledIsReplaced() throws Exception {
    run();
    script("java", "echo \"$LC_ALL\"");
    script("locale", "[ \"$LC_ALL\" = de_DE.UTF-8 ] && echo ANSI_X3.4-1968 || echo UTF-8");
    assertEquals(
        "C.UTF-8\n", await(0, start(home.resolve("bookend"), Map.of("LC_ALL", "de_DE.UTF-8"))));
    assertEquals(
        "en_US.UTF-8\n", await(0, start(home.resolve("bookend"), Map.of("LC_ALL", "en_US.UTF-8"))));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void noFileTakesThePlaceOfAStreamThatIsClosed() throws Exception {
    run();
    Path seen = directory.resolve("seen");
    // Not by a redirection, which would be one of the streams that are looked at.
    String streams = "$(readlink -f /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)";
    script("java", "ln -s \"" + streams + "\" '" + seen + "'");
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "exec \"$0\" 0<&- 1>&- 2>&-", home + "/bookend");
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"));
    builder.start().waitFor();
    List<String> are = Files.readSymbolicLink(seen).toString().lines().toList();
    assertEquals(3, are.size(), are.toString());
    assertEquals(List.of("/dev/null", "/dev/null"), are.subList(0, 2));
  }

  @Test
  void aBuildReadsNoSettingsFromTheWorkingDirectory() throws Exception {
    script("mvn", "pwd > \"$(dirname \"$3\")/built-in\"", "touch \"" + jar + "\"");
    Files.createDirectories(jar.getParent());
    run();
    assertEquals(home.toRealPath().toString(), Files.readString(home.resolve("built-in")).strip());
  }

  @Test
  void aLinkLeadsBackToTheCheckout() throws Exception {
    Path links = Files.createDirectories(directory.resolve("links"));
    Path first = Files.createSymbolicLink(links.resolve("first"), home.resolve("bookend"));
    Path second = Files.createSymbolicLink(links.resolve("second"), Path.of("first"));
    assertTrue(await(0, start(first, Map.of())).contains("<" + jar + ">"));
    assertTrue(await(0, start(second, Map.of())).contains("<" + jar + ">"));
  }

  @Test
  void buildsOnceAndAgainAfterAChange() throws Exception {
    run();
    run();
    assertEquals(1, builds());
    Instant now = Instant.now();
    Files.setLastModifiedTime(jar, FileTime.from(now.minusSeconds(20)));
    Files.setLastModifiedTime(source, FileTime.from(now.minusSeconds(10)));
    run();
    assertEquals(2, builds());
  }

  @Test
  void firstRunsAtTheSameTimeBuildOnce() throws Exception {
    Process one = start(home.resolve("bookend"), Map.of());
    Process two = start(home.resolve("bookend"), Map.of());
    await(0, one);
    await(0, two);
    assertEquals(1, builds());
  }

  @Test
  void aBuildThatWasKilledDoesNotLockOutTheNext() throws Exception {
    Process killed = new ProcessBuilder("true").start();
    killed.waitFor();
    Files.createDirectories(home.resolve("target"));
    Files.createSymbolicLink(
        home.resolve("target/build.lock"), Path.of(Long.toString(killed.pid())));
    run();
    assertEquals(1, builds());
  }

  @Test
  void aBuildThatFailsSaysWhyAndIsTriedAgain() throws Exception {
    script("mvn", "echo '[ERROR] no such symbol'", "exit 1");
    for (int i = 0; i < 2; i++) {
      String out = await(1, start(home.resolve("bookend"), Map.of()));
      assertTrue(out.contains("[ERROR] no such symbol"), out);
      assertTrue(out.contains("bookend: the build failed"), out);
    }
  }

  /** A java that tells of archives, and writes one of so many bytes where it is told to. */
  private void archivingJava(int bytes) throws IOException {
    script(
        "java",
        "for argument; do",
        "  case $argument in -XX:*Archive*=*) echo \"$argument\" ;; esac",
        "  case $argument in -XX:ArchiveClassesAtExit=*)",
        "    head -c " + bytes + " /dev/zero > \"${argument#*=}\" ;; esac",
        "done");
  }

  @Test
  void theFirstRunOfAModelWritesTheArchiveThatTheNextOnesRead() throws Exception {
    archivingJava(20_000_000);
    Path archive = home.resolve("edge-cli/target/bookend.jsa");
    String reads = "-XX:SharedArchiveFile=" + archive + "\n";
    assertTrue(run("--version").endsWith(reads), "it loads few of the classes that a model needs");
    assertTrue(run("generate", "Hi").contains("-XX:ArchiveClassesAtExit=" + archive + "."));
    for (String command : List.of("generate", "--version")) {
      assertEquals(reads, run(command));
    }
    try (Stream<Path> files = Files.list(archive.getParent())) {
      assertEquals(Set.of(archive, jar), files.collect(Collectors.toSet()));
    }
  }

  @Test
  void theArchiveOfARunThatFailedEarlyIsNotKept() throws Exception {
    archivingJava(4_000_000);
    Path archive = home.resolve("edge-cli/target/bookend.jsa");
    run("generate", "--no-such-flag");
    archivingJava(20_000_000);
    run("generate", "Hi");
    assertEquals("-XX:SharedArchiveFile=" + archive + "\n", run("generate", "Hi"));
    assertEquals(20_000_000, Files.size(archive));
  }

  @Test
  void aSignalReachesJavaInTheFirstRunToo() throws Exception {
    script(
        "java",
        "trap 'echo ended; exit 7' TERM",
        "echo started",
        "for i in $(seq 300); do sleep 0.1; done");
    Process run = start(home.resolve("bookend"), Map.of());
    BufferedReader out = run.inputReader(StandardCharsets.UTF_8);
    String line;
    do {
      line = out.readLine();
    } while (!line.equals("started"));
    run.toHandle().destroy();
    assertEquals("ended", out.readLine());
    assertEquals(7, run.waitFor());
  }

  @Test
  void aJavaHomeWithoutJavaIsNamed() throws Exception {
    String out = await(1, start(home.resolve("bookend"), Map.of("JAVA_HOME", "/no/such/jdk")));
    assertEquals(
        "bookend: JAVA_HOME is '/no/such/jdk', but there is no /no/such/jdk/bin/java\n", out);
  }

  /** As the packages install it; its Java prints where descriptor 9 leads, and its arguments. */
  private Path installation() throws IOException {
    Path place = directory.resolve("an installation");
    Path launcher = Files.createDirectories(place.resolve("bin")).resolve("bookend");
    Files.copy(Path.of("../bookend"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
    script("java", "cd -P /dev/fd/9 && echo \"in $(pwd)\"", "for a; do echo \"<$a>\"; done");
    Path java = Files.createDirectories(place.resolve("runtime/bin")).resolve("java");
    Files.move(directory.resolve("bin/java"), java);
    return place;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anInstallationHasItsOwnJavaAndItsNativeCodeUnpacked() throws Exception {
    Path place = installation();
    Map<String, String> environment = Map.of("JAVA_HOME", "/no/such/jdk");
    String out = await(0, start(place.resolve("bin/bookend"), environment, "generate", "a  b"));
    assertTrue(out.startsWith("in " + place.toRealPath() + "\n"), out);
    assertTrue(out.contains("<-XX:SharedArchiveFile=" + place + "/app/bookend.jsa>"), out);
    assertTrue(out.contains("<-DPYTORCH_LIBRARY_PATH=" + place + "/native/pytorch>"), out);
    String end = "<-jar>\n<" + place + "/app/bookend.jar>\n<generate>\n<a  b>\n";
    assertTrue(out.endsWith(end), out);
    assertFalse(Files.exists(place.resolve("target")), "nothing is built there");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLinkLeadsToTheInstallation() throws Exception {
    Path place = installation();
    Path links = Files.createDirectories(directory.resolve("usr/bin"));
    Path link =
        Files.createSymbolicLink(
            links.resolve("bookend"), links.relativize(place.resolve("bin/bookend")));
    String out = await(0, start(link, Map.of()));
    assertTrue(out.contains("/an installation/app/bookend.jar>"), out);
  }
}
