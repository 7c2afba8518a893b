package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ConnectionOptions.ClientIdentity;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions of TLS, and certificates that are renewed while a program runs. */
@Timeout(300)
class CertificatesTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tlsOf12AndNewerIsSpoken(String version) throws Exception {
    assertTrue(isLive(version));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1", "TLSv1.1"})
  void olderTlsIsRefused(String version) {
    TritonException failure = assertThrows(TritonException.class, () -> isLive(version));
    assertEquals(Kind.REFUSED, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains("no TLS version from 1.2 on"), failure.getMessage());
  }

  private boolean isLive(String version) throws Exception {
    TestAuthority authority = new TestAuthority(directory, "ours");
    ConnectionOptions options =
        ConnectionOptions.DEFAULT.withCertificateAuthority(authority.certificate());
    try (LocalServer server = LocalServer.startTls(authority, "localhost", version);
        TritonConnection connection = TritonConnection.open(server.endpoint(), options)) {
      return connection.serverLive();
    }
  }

  @Test
  void aRenewedAuthorityAndIdentityAreReadByTheNextConnection() throws Exception {
    TestAuthority old = new TestAuthority(directory, "old");
    TestAuthority renewed = new TestAuthority(directory, "new");
    Path trusted = directory.resolve("trusted.pem");
    Path certificate = directory.resolve("client.pem");
    Path key = directory.resolve("client.key");
    install(old.certificate(), trusted);
    install(old.issue("client"), certificate, key);
    ConnectionOptions options =
        ConnectionOptions.DEFAULT
            .withCertificateAuthority(trusted)
            .withClientIdentity(new ClientIdentity(certificate, key));
    int port;
    TritonConnection connection;
    try (LocalServer server = LocalServer.startTls(old, "localhost", ClientAuth.REQUIRE)) {
      port = server.port();
      connection = TritonConnection.open(server.endpoint(), options);
      assertTrue(connection.serverLive());
    }
    try (connection;
        LocalServer server = LocalServer.startTls(renewed, "localhost", ClientAuth.REQUIRE, port)) {
      assertEquals(port, server.port());
      TritonException failure = assertThrows(TritonException.class, connection::serverLive);
      assertEquals(Kind.REFUSED, failure.kind(), failure.getMessage());

      install(renewed.certificate(), trusted);
      Identity client = renewed.issue("client");
      install(client.certificate(), certificate); // its key is still the old one's
      assertThrows(TritonException.class, connection::serverLive);

      install(client.key(), key);
      assertTrue(connection.serverLive());

      Files.writeString(trusted, "being written"); // what was read before stays in use
      connection.drop();
      assertTrue(connection.serverLive());
    }
  }

  private static void install(Identity identity, Path certificate, Path key) throws Exception {
    install(identity.certificate(), certificate);
    install(identity.key(), key);
  }

  private static void install(Path from, Path to) throws Exception {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
