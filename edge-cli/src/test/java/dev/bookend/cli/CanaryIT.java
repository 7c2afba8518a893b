package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.cli.Launched.Result;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.triton.testing.SecuredServer;
import dev.bookend.triton.testing.SecuredServer.Secret;
import dev.bookend.triton.testing.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prompts, answers and secrets are nowhere but where they belong: not in what the libraries log
 * when a user turns all of it on, not in errors, and not in what a process leaves behind, however
 * it ends.
 */
@DisabledOnOs(OS.WINDOWS)
class CanaryIT {
  private static final String PROMPT = "kestrel-5b1f8e";
  private static final String SECRET = "heron-93c0da";

  private static final String EVERYTHING =
      """
      handlers=java.util.logging.ConsoleHandler
      java.util.logging.ConsoleHandler.level=ALL
      dev.level=ALL
      io.level=ALL
      io.grpc.level=ALL
      io.grpc.netty.shaded.io.grpc.netty.level=ALL
      io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler.level=ALL
      jdk.level=ALL
      """;

  private static Checkpoint checkpoint;
  private static Decoder decoder;
  private static EmbeddedCloud cloud;

  @TempDir private Path directory;
  private Path home;
  private Path work;
  private Map<String, String> environment;

  @BeforeAll
  static void start() {
    checkpoint = SampleModel.open();
    decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
    cloud = EmbeddedCloud.start(decoder, contract());
  }

  @AfterAll
  static void stop() {
    cloud.close();
    decoder.close();
    checkpoint.close();
  }

  private static Contract contract() {
    return Contract.of(checkpoint, 4, checkpoint.config().layers() - 4);
  }

  @BeforeEach
  void turnEverythingOn() throws IOException {
    home = Files.createDirectory(directory.resolve("home"));
    work = Files.createDirectory(directory.resolve("work"));
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    Path logging = Files.writeString(directory.resolve("logging.properties"), EVERYTHING);
    String options =
        String.join(
            " ",
            "-Djava.io.tmpdir=" + temporary,
            "-Djava.util.logging.config.file=" + logging,
            "-Djdk.httpclient.HttpClient.log=all",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
            "-Dorg.slf4j.simpleLogger.log.ai=trace",
            "-Dorg.slf4j.simpleLogger.log.io=trace",
            "-Dorg.slf4j.simpleLogger.log.dev=trace");
    environment =
        Map.of(
            "HOME",
            home.toString(),
            "DJL_CACHE_DIR",
            Path.of(System.getProperty("user.home"), ".djl.ai").toString(),
            "JDK_JAVA_OPTIONS",
            options);
  }

  private Launched open(String command, String server, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                "--verbose",
                "--model",
                SampleModel.file().toString(),
                "--cloud",
                server,
                "--header",
                "authorization=Bearer " + SECRET));
    arguments.addAll(List.of(more));
    return Launched.openIn(work, environment, arguments.toArray(String[]::new));
  }

  /** The prompt is an argument, and stands in the command line. */
  private Launched generate(String server) throws IOException {
    return open(
        "generate",
        server,
        "--cloud-timeout",
        "5",
        "--max-tokens",
        "4000",
        "Tell a long tale of " + PROMPT + ".");
  }

  /**
   * Looks in a process's stderr, and in all files that it can have left.
   *
   * @param answer what it has said so far
   */
  private void assertKeptToItself(Launched launched, Result result, String answer)
      throws IOException {
    assertTrue(result.err().contains("DEBUG"), "nothing was logged: " + result.err());
    List<String> canaries = new ArrayList<>(List.of(PROMPT, SECRET, tokens(PROMPT)));
    if (answer.length() > 50) {
      canaries.add(answer.substring(20, 45));
    }
    for (String canary : canaries) {
      assertFalse(result.err().contains(canary), () -> canary + " in: " + result.err());
    }
    List<Path> left;
    try (Stream<Path> files = Files.walk(directory)) {
      left = files.filter(Files::isRegularFile).collect(Collectors.toCollection(ArrayList::new));
    }
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      files.filter(file -> file.toString().contains(".jsa")).forEach(left::add);
    }
    String user = System.getProperty("user.name");
    left.add(Path.of("/tmp", "hsperfdata_" + user, Long.toString(launched.pid())));
    for (Path file : left) {
      String content =
          Files.exists(file, LinkOption.NOFOLLOW_LINKS)
              ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
              : "";
      canaries.forEach(canary -> assertFalse(content.contains(canary), () -> canary + ": " + file));
    }
  }

  private static String tokens(String text) {
    try (Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      return Arrays.stream(tokenizer.encode(text))
          .mapToObj(Integer::toString)
          .collect(Collectors.joining(", "));
    }
  }

  @Test
  void aConversationThatCrashesLeavesItsHistoryAlone() throws Exception {
    try (Launched chat =
        open("chat", cloud.endpoint().toString(), "--history", "--max-tokens", "30")) {
      chat.type("Say " + PROMPT + " please.");
      chat.awaitOutput("\n");
      String answer = chat.out();
      chat.type("Tell a long tale.");
      chat.awaitOutput(" ", answer.split(" ", -1).length + 5);
      chat.signal("SEGV");
      Result result = chat.await();
      assertEquals(Failures.FAILURE, result.code(), result.err());
      assertTrue(result.out().contains("fatal error has been detected"), result.out());
      assertKeptToItself(chat, result, answer);
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertTrue(file.toString().contains("history"), file.toString());
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      }
    }
  }

  @Test
  void anAbortLeavesNoCore() throws Exception {
    try (Launched answer = generate(cloud.endpoint().toString())) {
      answer.awaitOutput(" ", 8);
      answer.signal("ABRT");
      assertKeptToItself(answer, answer.await(), answer.out());
    }
    try (Stream<Path> files = Files.list(work)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void anErrorWithItsStackTraceSaysNothingOfIt() throws Exception {
    try (Launched failing = generate("grpc://127.0.0.1:1")) {
      Result result = failing.await();
      assertEquals(Failures.UNREACHABLE, result.code(), result.err());
      assertTrue(result.err().contains("\tat "), result.err());
      assertKeptToItself(failing, result, "");
    }
  }

  /** The server echoes hidden states: tokens come, whatever they are. */
  @Test
  void aTokenFromTheEnvironmentIsNotTold() throws Exception {
    TestAuthority authority = new TestAuthority(directory, "ours");
    environment = new HashMap<>(environment);
    environment.put("BOOKEND_TOKEN", SECRET);
    try (SecuredServer server =
            SecuredServer.start(
                Optional.of(authority.issue("localhost")),
                Optional.empty(),
                Optional.of(Secret.bearer(SECRET)),
                contract().toParameters());
        Launched answer =
            Launched.openIn(
                work,
                environment,
                "generate",
                "--verbose",
                "--model",
                SampleModel.file().toString(),
                "--cloud",
                "grpcs://localhost:" + server.port(),
                "--tls-ca",
                authority.certificate().toString(),
                "--max-tokens",
                "5",
                "Tell of " + PROMPT + ".")) {
      assertKeptToItself(answer, answer.await(), "");
    }
  }

  @Test
  void aServerSaysNothingOfWhatItIsAsked() throws Exception {
    environment = new HashMap<>(environment);
    environment.put("BOOKEND_API_KEY", SECRET);
    try (Launched server = open("serve", cloud.endpoint().toString(), "--port", "0")) {
      String address = ServeIT.address(server);
      for (String body :
          List.of(
              "{\"model\":\"smollm2\",\"prompt\":\"Tell of " + PROMPT + ".\",\"max_tokens\":9}",
              "{\"model\":\"" + PROMPT + "\",\"prompt\":\"" + PROMPT,
              "{\"" + PROMPT + "\":1}")) {
        HttpResponse<String> response =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                        .header("authorization", "Bearer " + SECRET)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                    HttpResponse.BodyHandlers.ofString());
        assertTrue(response.body().length() > 10, response.body());
      }
      server.signal("TERM");
      assertKeptToItself(server, server.await(), "");
    }
  }

  @Test
  @Tag("slow")
  void neitherALostCloudNorAnInterruptSaysAnythingOfIt() throws Exception {
    EmbeddedCloud lost = EmbeddedCloud.start(decoder, contract());
    try (Launched failing = generate(lost.endpoint().toString())) {
      failing.awaitOutput(" ", 8);
      lost.close();
      Result result = failing.await();
      assertEquals(Failures.UNREACHABLE, result.code(), result.err());
      assertKeptToItself(failing, result, result.out());
    } finally {
      lost.close();
    }
    try (Launched interrupted = generate(cloud.endpoint().toString())) {
      interrupted.awaitOutput(" ", 8);
      interrupted.interrupt();
      Result result = interrupted.await();
      assertEquals(130, result.code(), result.err());
      assertKeptToItself(interrupted, result, result.out());
    }
  }
}
