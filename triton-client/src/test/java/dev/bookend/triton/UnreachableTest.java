package dev.bookend.triton;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.ConnectionOptions.ClientIdentity;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import dev.bookend.triton.testing.TritonServer;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why a server cannot be used, told apart on calls and on streams. */
@Timeout(600)
class UnreachableTest {
  private static final ConnectionOptions DEFAULT = ConnectionOptions.DEFAULT;
  private static final ConnectionOptions HASTY = DEFAULT.withDeadline(Duration.ofSeconds(1));

  @TempDir private Path directory;

  private static String assertFails(Kind kind, Endpoint endpoint, ConnectionOptions options) {
    try (TritonConnection connection = TritonConnection.open(endpoint, options)) {
      TritonException call = assertThrows(TritonException.class, connection::serverLive);
      assertEquals(kind, call.kind(), call.getMessage());
      assertTrue(call.getMessage().startsWith(endpoint + ": "), call.getMessage());
      assertFalse(call.getMessage().contains("\n"), call.getMessage());
    }
    try (TritonConnection connection = TritonConnection.open(endpoint, options)) {
      InferenceStream stream = connection.openStream();
      TritonException failure =
          assertThrows(
              TritonException.class,
              () -> stream.await(stream.send(new InferRequest("m", List.of(), Optional.empty()))));
      assertEquals(kind, failure.kind(), failure.getMessage());
      return failure.getMessage();
    }
  }

  private static boolean live(Endpoint endpoint, ConnectionOptions options) {
    try (TritonConnection connection = TritonConnection.open(endpoint, options)) {
      return connection.serverLive();
    }
  }

  @Test
  void nothingListens() {
    String message =
        assertFails(
            Kind.UNREACHABLE, new Endpoint("localhost", TritonServer.freePort(), false), DEFAULT);
    assertTrue(message.contains("Connection refused"), message);
  }

  @Test
  void hostIsUnknown() {
    assertFails(Kind.UNREACHABLE, new Endpoint("no-such-host.invalid", 8001, false), DEFAULT);
  }

  @Test
  void networkSwallowsAll() {
    // 192.0.2.0/24 is for documentation; a machine without any route says so at once.
    assertFails(Kind.UNREACHABLE, new Endpoint("192.0.2.1", 8001, false), HASTY);
  }

  @Test
  void somethingListensThatNeverSpeaks() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      assertFails(Kind.UNREACHABLE, new Endpoint("localhost", silent.getLocalPort(), false), HASTY);
    }
  }

  @Test
  void serverKeepsACallWaiting() throws Exception {
    // Long enough to connect on a slow machine.
    ConnectionOptions hasty = DEFAULT.withDeadline(Duration.ofSeconds(3));
    try (LocalServer server = LocalServer.start();
        TritonConnection connection = TritonConnection.open(server.endpoint(), hasty)) {
      InferRequest request = new InferRequest("m", List.of(), Optional.empty());
      assertEquals(
          Kind.DEADLINE,
          assertThrows(TritonException.class, () -> connection.infer(request)).kind());
    }
  }

  @Test
  void ipv6AddressIsReached() throws Exception {
    LocalServer server;
    try {
      server = LocalServer.start("::1");
    } catch (IOException e) {
      Assumptions.abort("no IPv6 here: " + e.getMessage());
      return;
    }
    try (server) {
      assertTrue(live(Endpoint.parse("grpc://[::1]:" + server.port()), DEFAULT));
    }
  }

  @Test
  void plaintextToATlsServerThatJustClosesNamesTheWayOut() throws Exception {
    TestAuthority authority = new TestAuthority(directory, "ours");
    try (LocalServer server = LocalServer.startTls(authority, "localhost", ClientAuth.NONE)) {
      String message =
          assertFails(Kind.UNREACHABLE, new Endpoint("localhost", server.port(), false), DEFAULT);
      assertTrue(message.contains("grpcs://"), message);
    }
  }

  @Test
  void plaintextToATlsServerThatSaysSoIsRefused() throws Exception {
    byte[] alert = {0x15, 3, 3, 0, 2, 2, 70}; // fatal: protocol version
    try (ServerSocket tls = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread server =
          new Thread(
              () -> {
                try {
                  while (true) {
                    Socket socket = tls.accept();
                    socket.getOutputStream().write(alert);
                    socket.shutdownOutput();
                  }
                } catch (IOException e) {
                  // the test is over
                }
              });
      server.start();
      String message =
          assertFails(Kind.REFUSED, new Endpoint("localhost", tls.getLocalPort(), false), DEFAULT);
      assertTrue(message.contains("grpcs://"), message);
    }
  }

  /** A port of SSH, of old HTTP, or one that hangs up, as Triton's own for HTTP does. */
  @ParameterizedTest
  @CsvSource({
    "false, 'SSH-2.0-OpenSSH_9.2', UNREACHABLE, is no gRPC server",
    "false, '<!DOCTYPE html>', UNREACHABLE, is no gRPC server",
    "false, '', UNREACHABLE, is this the gRPC port?",
    "true, 'SSH-2.0-OpenSSH_9.2', REFUSED, the server speaks no TLS on this port",
    "true, 'HTTP/1.1 400 Bad Request', REFUSED, the server speaks no TLS on this port",
    "true, '', , handshake",
  })
  void aPortOfAnotherProtocolIsToldAsSuch(boolean tls, String greeting, Kind kind, String words)
      throws Exception {
    try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread server =
          new Thread(
              () -> {
                try {
                  while (true) {
                    Socket socket = other.accept();
                    int unused = socket.getInputStream().read(new byte[64]);
                    socket.getOutputStream().write((greeting + "\r\n\r\n").strip().getBytes(UTF_8));
                    socket.shutdownOutput();
                  }
                } catch (IOException e) {
                  // the test is over
                }
              });
      server.start();
      Endpoint endpoint = new Endpoint("localhost", other.getLocalPort(), tls);
      try (TritonConnection connection = TritonConnection.open(endpoint, DEFAULT)) {
        TritonException failure = assertThrows(TritonException.class, connection::serverLive);
        assertTrue(failure.getMessage().contains(words), failure.getMessage());
        assertFalse(failure.getMessage().contains("Pipeline"), failure.getMessage());
        if (kind != null) { // what a closed connection is called depends on who is faster
          assertEquals(kind, failure.kind(), failure.getMessage());
        }
      }
    }
  }

  @Test
  void tlsToAPlaintextServerIsRefused() throws Exception {
    try (LocalServer server = LocalServer.start()) {
      assertFails(Kind.REFUSED, new Endpoint("localhost", server.port(), true), DEFAULT);
    }
  }

  @Test
  void certificateMustBeTrustedAndForThisHost() throws Exception {
    TestAuthority ours = new TestAuthority(directory, "ours");
    TestAuthority theirs = new TestAuthority(directory, "theirs");
    ConnectionOptions trusting = DEFAULT.withCertificateAuthority(ours.certificate());
    try (LocalServer server = LocalServer.startTls(ours, "localhost", ClientAuth.NONE)) {
      assertTrue(live(server.endpoint(), trusting));
      assertFails(Kind.REFUSED, server.endpoint(), DEFAULT);
      assertFails(
          Kind.REFUSED, server.endpoint(), DEFAULT.withCertificateAuthority(theirs.certificate()));
    }
    try (LocalServer server = LocalServer.startTls(ours, "elsewhere", ClientAuth.NONE)) {
      String message = assertFails(Kind.REFUSED, server.endpoint(), trusting);
      assertTrue(message.contains("localhost"), message);
      assertTrue(live(server.endpoint(), trusting.withAuthority("elsewhere")));
    }
  }

  @RepeatedTest(5) // the server's alert and its close race with each other
  void mutualTlsWantsACertificateOfItsOwnAuthority() throws Exception {
    TestAuthority ours = new TestAuthority(directory, "ours");
    Identity own = ours.issue("client");
    Identity stranger = new TestAuthority(directory, "theirs").issue("client");
    ConnectionOptions anonymous = DEFAULT.withCertificateAuthority(ours.certificate());
    try (LocalServer server = LocalServer.startTls(ours, "localhost", ClientAuth.REQUIRE)) {
      assertTrue(
          live(
              server.endpoint(),
              anonymous.withClientIdentity(new ClientIdentity(own.certificate(), own.key()))));
      assertFails(Kind.REFUSED, server.endpoint(), anonymous);
      assertFails(
          Kind.REFUSED,
          server.endpoint(),
          anonymous.withClientIdentity(new ClientIdentity(stranger.certificate(), stranger.key())));
    }
  }

  @Test
  void connectionComesBackForAllThreadsAsSoonAsTheServerDoes() throws Exception {
    int port = TritonServer.freePort();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (TritonConnection connection =
        TritonConnection.open(new Endpoint("localhost", port, false), DEFAULT)) {
      List<Callable<Boolean>> calls = Collections.nCopies(4, connection::serverLive);
      for (int round = 0; round < 100; round++) { // gRPC's own state changes race with the calls
        for (Future<Boolean> failed : threads.invokeAll(calls)) {
          assertThrows(ExecutionException.class, failed::get);
        }
        try (LocalServer server = LocalServer.start("127.0.0.1", port)) {
          assertEquals(port, server.port());
          for (Future<Boolean> live : threads.invokeAll(calls)) {
            assertTrue(live.get());
          }
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
