package dev.bookend.server.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.triton.testing.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;

/** Programs that others wrote, as clients of a server; and those that docs/clients.md shows. */
final class Clients {
  static final Path SCRIPTS = Path.of("src/test/python");
  private static final Path PAGE = Path.of("../docs/clients.md");
  private static final String ADDRESS = "http://localhost:11435";

  private Clients() {}

  /** The clients from PyPI. */
  static Path python() {
    return PythonEnvironment.orSkip(
            "clients-1",
            List.of(
                "openai==3.57.0",
                "ollama==0.6.3",
                "annotated-types==0.8.0",
                "anyio==4.16.0",
                "certifi==2026.10.19.post1",
                "h11==0.16.0",
                "httpcore==1.0.9",
                "httpcore2==2.16.2",
                "httpx==0.28.1",
                "httpx2==2.16.2",
                "idna==3.20",
                "jiter==0.19.0",
                "pydantic==2.14.4",
                "pydantic_core==2.50.5",
                "sniffio==1.3.1",
                "truststore==0.10.5",
                "typing-inspection==0.4.5",
                "typing_extensions==4.16.0"))
        .python();
  }

  /** lm-evaluation-harness. */
  static Path lmEval() throws IOException {
    return PythonEnvironment.orSkip(
            "lm-eval-1", Files.readAllLines(SCRIPTS.resolve("lm-eval-requirements.txt")))
        .python();
  }

  /** Runs a program, which has to succeed; gives what it has printed. */
  static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    Assertions.assertEquals(0, process.waitFor(), output);
    return output;
  }

  /** The programs of the page in some language, for a server at a URL. */
  static List<String> ofPage(String language, String url) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(PAGE))
        .results()
        .map((MatchResult block) -> block.group(1).replace(ADDRESS, url))
        .toList();
  }
}
