package dev.bookend.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.split.Split;
import dev.bookend.testing.SmallModel;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.testing.SshServer;
import dev.bookend.triton.testing.TritonServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshTunnelTest {
  private static final ConnectionOptions OPTIONS =
      ConnectionOptions.DEFAULT.withDeadline(Duration.ofSeconds(20));

  @TempDir private static Path directory;
  private static SshServer ssh;
  private static Decoder decoder;
  private static EmbeddedCloud cloud;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(SshServer.hasClient(), "there is no ssh on this machine");
    ssh = SshServer.start(directory);
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    Contract contract = new Split(1, 1).contract(SmallModel.checkpoint());
    cloud = EmbeddedCloud.start(decoder, contract);
  }

  @AfterAll
  static void stop() throws Exception {
    if (cloud != null) {
      cloud.close();
      decoder.close();
      ssh.close();
    }
  }

  private static SshTunnel tunnel(Path client, Endpoint server) {
    SshHost host = new SshHost(Optional.of("someone"), "127.0.0.1", OptionalInt.of(ssh.port()));
    return new SshTunnel(host, server, new SshCommand(client.toString()));
  }

  private static TritonException failure(Path client, Endpoint server) {
    try (SshTunnel tunnel = tunnel(client, server);
        TritonConnection connection = TritonConnection.open(server, OPTIONS, tunnel)) {
      TritonException failure = assertThrows(TritonException.class, connection::serverLive);
      assertTrue(failure.getMessage().startsWith(tunnel.name() + ": "), failure.getMessage());
      return failure;
    }
  }

  /** The processes that this one has started and that live. */
  private static List<ProcessHandle> processes() {
    return ProcessHandle.current().children().toList();
  }

  private static void awaitNone() throws InterruptedException {
    for (int tries = 0; !processes().isEmpty() && tries < 100; tries++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertEquals(List.of(), processes());
  }

  @Test
  void callsGoThroughTheTunnel() throws Exception {
    try (SshTunnel tunnel = tunnel(ssh.client(), cloud.endpoint());
        TritonConnection connection = TritonConnection.open(cloud.endpoint(), OPTIONS, tunnel)) {
      assertTrue(connection.serverReady());
      assertEquals(1, connection.repositoryIndex().size());
      assertEquals(1, processes().size());
      assertEquals(
          "ssh://someone@127.0.0.1:%d?to=%s:%d"
              .formatted(ssh.port(), cloud.endpoint().host(), cloud.endpoint().port()),
          connection.name());
    }
    awaitNone();
  }

  @Test
  void aTunnelThatDiesIsBegunAgain() throws Exception {
    try (SshTunnel tunnel = tunnel(ssh.client(), cloud.endpoint());
        TritonConnection connection = TritonConnection.open(cloud.endpoint(), OPTIONS, tunnel)) {
      for (int deaths = 0; deaths < 3; deaths++) {
        assertTrue(connection.serverReady());
        ProcessHandle process = processes().get(0);
        process.destroyForcibly();
        process.onExit().get();
        TimeUnit.MILLISECONDS.sleep(200); // until the connection's end has been noticed
      }
      assertTrue(connection.serverReady());
      assertEquals(Optional.empty(), tunnel.failure());
    }
  }

  @Test
  void aPortWhereNobodyListensIsNotTheHostsFault() throws Exception {
    Endpoint nobody = new Endpoint("127.0.0.1", TritonServer.freePort(), false);
    TritonException failure = failure(ssh.client(), nobody);
    assertEquals(Kind.UNREACHABLE, failure.kind());
    assertTrue(failure.getMessage().contains("nothing listens"), failure.getMessage());
  }

  @Test
  void anUnknownHostIsNotTrusted() throws Exception {
    TritonException failure = failure(ssh.newcomersClient(), cloud.endpoint());
    assertEquals(Kind.REFUSED, failure.kind());
    assertTrue(failure.getMessage().contains("log in once by hand"), failure.getMessage());
  }

  @Test
  void aStrangerIsRefused() throws Exception {
    TritonException failure = failure(ssh.strangersClient(), cloud.endpoint());
    assertEquals(Kind.REFUSED, failure.kind());
    assertTrue(failure.getMessage().contains("Permission denied"), failure.getMessage());
  }

  @Test
  void withoutSshThatIsSaid() {
    TritonException failure = failure(Path.of("/no/such/ssh"), cloud.endpoint());
    assertEquals(Kind.UNREACHABLE, failure.kind());
    assertTrue(failure.getMessage().contains("/no/such/ssh"), failure.getMessage());
  }
}
