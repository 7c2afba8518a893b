package dev.bookend.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.SampleModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packages as they were built, on machines that have next to nothing. */
class PackagesIT {
  private static final Path TARGET = Path.of(System.getProperty("packages.directory"));
  private static final String QUESTION = "What is the capital of France?";
  private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/.*) \\(0x");

  @TempDir private static Path directory;
  private static Path installed;

  /** Unpacked elsewhere than it was built, at a path with a space, and read-only. */
  @BeforeAll
  static void unpack() throws Exception {
    Path place = Files.createDirectories(directory.resolve("root/opt/a place"));
    run("tar", "-xf", only("*.tar.gz").toString(), "-C", place.toString());
    try (Stream<Path> entries = Files.list(place)) {
      installed = entries.findFirst().orElseThrow();
    }
    run("chmod", "-R", "a-w", installed.toString());
  }

  private static Path only(String glob) throws IOException {
    try (var found = Files.newDirectoryStream(TARGET, glob)) {
      return found.iterator().next();
    }
  }

  /** What a process prints; it must end well. */
  private static String run(String... command) throws Exception {
    return run(List.of(command));
  }

  private static String run(List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/local/sbin:/usr/sbin:/sbin:" + System.getenv("PATH"));
    builder.environment().put("HOME", directory.resolve("home").toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), command + ": " + out);
    return out;
  }

  /**
   * A root with the C library, {@code sh}, and what the kernel has in {@code /proc}; no Java, no
   * libstdc++, no libgomp, no locales, no {@code /dev}.
   */
  @Test
  void answersWhereThereIsOnlyTheCLibrary() throws Exception {
    Path root = directory.resolve("root");
    for (String name : List.of("bin", "proc", "tmp", "home")) {
      Files.createDirectories(root.resolve(name));
    }
    Path shell = Path.of("/bin/sh").toRealPath();
    Files.copy(shell, root.resolve("bin/sh"));
    List<String> binaries = new ArrayList<>(List.of(shell.toString()));
    binaries.add(installed.resolve("runtime/bin/java").toString());
    binaries.add(installed.resolve("native/pytorch/libtorch_cpu.so").toString());
    for (String binary : binaries) {
      Matcher library = LIBRARY.matcher(run("ldd", binary));
      while (library.find()) {
        Path file = Path.of(library.group(1));
        if (!file.startsWith(installed)) {
          assertTrue(
              file.getFileName().toString().matches("(lib(c|m|dl|rt|pthread)|ld-linux.*)\\.so.*"),
              "beyond the C library: " + file);
          Path copy = root.resolve(file.toString().substring(1));
          Files.createDirectories(copy.getParent());
          if (!Files.exists(copy)) {
            Files.copy(file.toRealPath(), copy);
          }
        }
      }
    }
    Files.copy(SampleModel.file(), root.resolve("model.gguf"));
    Path launcher = Path.of("/").resolve(root.relativize(installed)).resolve("bin/bookend");
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork"));
    if (!"root".equals(System.getProperty("user.name"))) {
      command.add("--map-root-user");
    }
    String inside =
        "mount -t proc proc \"$1/proc\" && exec env -i HOME=/home PATH=/bin"
            + " JDK_JAVA_OPTIONS=-Xlog:class+load:file=/tmp/classes"
            + " \"$(command -v chroot)\" \"$1\" \"$2\" generate --model /model.gguf --max-tokens 8 \"$3\"";
    command.addAll(List.of("sh", "-c", inside, "sh", root.toString(), launcher.toString()));
    command.add(QUESTION);
    assertTrue(run(command).contains("Paris"));
    List<String> own =
        Files.readAllLines(root.resolve("tmp/classes")).stream()
            .filter(line -> line.contains(" dev.bookend.") && !line.contains("$$Lambda"))
            .toList();
    long archived = own.stream().filter(line -> line.contains("shared objects file")).count();
    assertTrue(archived > 0.9 * own.size(), archived + " of " + own.size() + " classes archived");
  }

  @Test
  void startsThroughALink() throws Exception {
    Path link =
        Files.createSymbolicLink(directory.resolve("link"), installed.resolve("bin/bookend"));
    String version = run(link.toString(), "--version");
    assertTrue(version.startsWith("bookend "), version);
    assertTrue(version.contains("\nPyTorch "), version);
  }

  @Test
  void theDebianPackageHasItsPartsWhereDebianExpectsThem() throws Exception {
    String deb = only("*.deb").toString();
    Path place = directory.resolve("debian");
    run("dpkg-deb", "--extract", deb, place.toString());
    String version = run(place.resolve("usr/bin/bookend").toString(), "--version");
    assertTrue(version.startsWith("bookend "), version);
    for (String file :
        List.of(
            "bash-completion/completions/bookend",
            "zsh/vendor-completions/_bookend",
            "fish/vendor_completions.d/bookend.fish",
            "man/man1/bookend.1.gz",
            "man/man1/bookend-model-pull.1.gz",
            "doc/bookend/copyright",
            "doc/bookend/privacy.md",
            "doc/bookend/changelog.gz")) {
      assertTrue(Files.isRegularFile(place.resolve("usr/share").resolve(file)), file);
    }
    assertEquals(
        newestNeededLibc(place), run("dpkg-deb", "--field", deb, "Depends").strip(), "Depends");
  }

  /** From the versions of symbols that the binaries ask the C library for. */
  private static String newestNeededLibc(Path place) throws Exception {
    String symbols =
        run(
            "sh",
            "-c",
            "find \"$1\" -type f \\( -name '*.so*' -o -name java \\) -exec objdump -T {} + 2>/dev/null"
                + " | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1",
            "sh",
            place.toString());
    return "libc6 (>= " + symbols.strip().replace("GLIBC_", "") + ")";
  }
}
