package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ConnectionOptions.ClientIdentity;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Real Triton servers that die, come back, or let in only some. */
class BrokenServerIT {
  private static final String EXPLICIT = "--model-control-mode=explicit";

  @Test
  void deathFailsAllPendingAndTheConnectionServesAgainAfterARestart() throws Exception {
    Path models = TritonServerIT.models();
    try (TritonServer server = TritonServer.start(models, EXPLICIT, "--load-model=slow");
        TritonConnection connection =
            TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT)) {
      InferenceStream stream = connection.openStream();
      stream.await(stream.send(TritonServerIT.slow(0)));
      List<CompletableFuture<InferResult>> pending =
          Stream.generate(() -> stream.send(TritonServerIT.slow(5_000))).limit(4).toList();
      server.kill();
      for (CompletableFuture<InferResult> answer : pending) {
        assertEquals(Kind.UNREACHABLE, failure(() -> stream.await(answer)).kind());
      }
      assertEquals(
          Kind.UNREACHABLE,
          failure(() -> stream.await(stream.send(TritonServerIT.slow(0)))).kind());
      for (int i = 0; i < 3; i++) {
        assertEquals(Kind.UNREACHABLE, failure(connection::serverLive).kind());
      }
      try (TritonServer again =
          TritonServer.start(server.port(), models, EXPLICIT, "--load-model=slow")) {
        assertEquals(server.port(), again.port());
        InferenceStream fresh = connection.openStream();
        assertArrayEquals(
            new int[] {1},
            fresh.await(fresh.send(TritonServerIT.slow(1))).output("slept").toInts());
        fresh.close();
      }
    }
  }

  /** It stays so until the model is loaded anew: Triton does not start the process again. */
  @Test
  void aProcessOfThePythonBackendThatDiedMakesItsModelUnavailable() throws Exception {
    try (TritonServer server =
            TritonServer.start(TritonServerIT.models(), EXPLICIT, "--load-model=slow");
        TritonConnection connection =
            TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT);
        InferenceStream stream = connection.openStream()) {
      stream.await(stream.send(TritonServerIT.slow(0)));
      server.killBackends();
      for (int i = 0; i < 5; i++) {
        TritonException call = failure(() -> connection.infer(TritonServerIT.slow(0)));
        assertEquals(Kind.MODEL_UNAVAILABLE, call.kind(), call.getMessage());
        TritonException answer = failure(() -> stream.await(stream.send(TritonServerIT.slow(0))));
        assertEquals(Kind.MODEL_UNAVAILABLE, answer.kind(), answer.getMessage());
        Thread.sleep(500);
      }
    }
  }

  @Test
  void tlsIsSpokenWithThoseWhoTrustTheServer(@TempDir Path directory) throws Exception {
    TestAuthority authority = new TestAuthority(directory, "ours");
    Identity own = authority.issue("localhost");
    ConnectionOptions trusting =
        ConnectionOptions.DEFAULT.withCertificateAuthority(authority.certificate());
    try (TritonServer server =
        TritonServer.start(
            TritonServerIT.models(),
            EXPLICIT,
            "--grpc-use-ssl=true",
            "--grpc-server-cert=" + own.certificate(),
            "--grpc-server-key=" + own.key())) {
      assertTrue(live(tls(server), trusting));
      assertRefused(tls(server), ConnectionOptions.DEFAULT);
      assertRefused(tls(server), trusting.withAuthority("elsewhere"));
      TritonException plaintext = failure(() -> live(server.endpoint(), ConnectionOptions.DEFAULT));
      assertEquals(Kind.UNREACHABLE, plaintext.kind(), plaintext.getMessage());
    }
  }

  @Test
  void mutualTlsLetsInThoseWithACertificate(@TempDir Path directory) throws Exception {
    TestAuthority authority = new TestAuthority(directory, "ours");
    Identity own = authority.issue("localhost");
    Identity client = authority.issue("client");
    Identity stranger = new TestAuthority(directory, "theirs").issue("client");
    ConnectionOptions anonymous =
        ConnectionOptions.DEFAULT.withCertificateAuthority(authority.certificate());
    try (TritonServer server =
        TritonServer.start(
            TritonServerIT.models(),
            EXPLICIT,
            "--grpc-use-ssl-mutual=true",
            "--grpc-server-cert=" + own.certificate(),
            "--grpc-server-key=" + own.key(),
            "--grpc-root-cert=" + authority.certificate())) {
      assertTrue(live(tls(server), anonymous.withClientIdentity(identity(client))));
      assertRefused(tls(server), anonymous);
      assertRefused(tls(server), anonymous.withClientIdentity(identity(stranger)));
    }
  }

  @Test
  void restrictedProtocolsNeedTheirHeader() throws Exception {
    try (TritonServer server =
        TritonServer.start(
            TritonServerIT.models(),
            EXPLICIT,
            "--grpc-restricted-protocol=health:authorization=right")) {
      String header = "triton-grpc-protocol-authorization";
      ConnectionOptions right = ConnectionOptions.DEFAULT.withHeaders(Map.of(header, "right"));
      ConnectionOptions wrong = ConnectionOptions.DEFAULT.withHeaders(Map.of(header, "wrong"));
      assertTrue(live(server.endpoint(), right));
      assertRefused(server.endpoint(), wrong);
      assertRefused(server.endpoint(), ConnectionOptions.DEFAULT);
    }
  }

  private static Endpoint tls(TritonServer server) {
    return new Endpoint("localhost", server.port(), true);
  }

  private static ClientIdentity identity(Identity identity) {
    return new ClientIdentity(identity.certificate(), identity.key());
  }

  private static boolean live(Endpoint endpoint, ConnectionOptions options) {
    try (TritonConnection connection = TritonConnection.open(endpoint, options)) {
      return connection.serverLive();
    }
  }

  private static void assertRefused(Endpoint endpoint, ConnectionOptions options) {
    TritonException failure = failure(() -> live(endpoint, options));
    assertEquals(Kind.REFUSED, failure.kind(), failure.getMessage());
  }

  private static TritonException failure(Executable step) {
    return assertThrows(TritonException.class, step);
  }
}
