package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.cli.Launched.Result;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Triton server that asks for a certificate and a header, and holds no model: whoever gets
 * in is told so (exit code 5), whoever does not is refused (4).
 */
class SecuredCloudIT {
  private static final String SECRET = "s3cret";

  @TempDir private static Path directory;

  private static TestAuthority authority;
  private static Identity client;
  private static TritonServer server;

  @BeforeAll
  static void start() throws Exception {
    authority = new TestAuthority(directory, "ours");
    client = authority.issue("client");
    Identity own = authority.issue("localhost");
    server =
        TritonServer.start(
            Files.createDirectory(directory.resolve("models")),
            "--grpc-use-ssl-mutual=true",
            "--grpc-server-cert=" + own.certificate(),
            "--grpc-server-key=" + own.key(),
            "--grpc-root-cert=" + authority.certificate(),
            "--grpc-restricted-protocol=health,metadata,model-repository:token=" + SECRET);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static Result generate(String... flags) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("generate", "--cloud", "grpcs://localhost:" + server.port()));
    arguments.addAll(List.of(flags));
    arguments.add("hi");
    return Launched.run(arguments.toArray(String[]::new));
  }

  private static void assertFails(int code, String message, Result result) {
    assertEquals(code, result.code(), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertEquals("", result.out());
  }

  @Test
  void aServerThatTheSystemDoesNotTrustIsRefused() throws Exception {
    assertFails(4, "TLS handshake failed", generate());
  }

  @Test
  void aCertificateIsAskedFor() throws Exception {
    assertFails(
        4,
        "it may want a client certificate",
        generate("--tls-ca", authority.certificate().toString()));
  }

  @Test
  void aHeaderIsAskedFor() throws Exception {
    assertFails(4, "refused the caller", identified());
  }

  @Test
  void whoHasAllIsLetIn() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret"), SECRET + "\n");
    Result result = identified("--header", "triton-grpc-protocol-token=@" + secret);
    assertFails(5, "no middle", result);
  }

  private static Result identified(String... flags) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--tls-ca",
                authority.certificate().toString(),
                "--tls-cert",
                client.certificate().toString(),
                "--tls-key",
                client.key().toString()));
    all.addAll(List.of(flags));
    return generate(all.toArray(String[]::new));
  }

  @Test
  void aTokenDoesNotTravelInTheClear() throws Exception {
    try (Launched launched =
        Launched.start(
            "",
            Map.of("BOOKEND_TOKEN", SECRET),
            "generate",
            "--cloud",
            "grpc://localhost:" + server.port(),
            "hi")) {
      Result result = launched.await();
      assertFails(2, "BOOKEND_TOKEN would travel in the clear", result);
      assertTrue(!result.err().contains(SECRET), result.err());
    }
  }
}
