package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.TritonException.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The client with a server that has what KServe v2 requires, and nothing of Triton's. */
@Timeout(600)
class KserveServerTest {
  private static final InferRequest REQUEST =
      new InferRequest(
          KserveServer.MODEL, List.of(Tensor.of("x", List.of(2L), 0.5f, -3f)), Optional.empty());

  private KserveServer server;
  private TritonConnection connection;

  @BeforeEach
  void open() throws Exception {
    server = KserveServer.start();
    connection = TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    connection.close();
    server.close();
  }

  @Test
  void serverAndModelDescribeThemselves() {
    assertTrue(connection.serverLive());
    assertTrue(connection.serverReady());
    assertTrue(connection.modelReady(KserveServer.MODEL));
    assertFalse(connection.modelReady(KserveServer.MODEL, "2"));
    assertEquals(new ServerMetadata("plain", "0.1", List.of()), connection.serverMetadata());
    List<Long> shape = List.of(-1L);
    assertEquals(
        new ModelMetadata(
            KserveServer.MODEL,
            List.of("1"),
            "java",
            List.of(new TensorMetadata("x", "FP32", shape)),
            List.of(new TensorMetadata("y", "FP32", shape))),
        connection.modelMetadata(KserveServer.MODEL));
  }

  @Test
  void inferenceIsAnsweredWhetherRawOrTyped() {
    for (boolean raw : new boolean[] {true, false}) {
      server.answerRaw(raw);
      InferResult result = connection.infer(REQUEST);
      assertEquals(KserveServer.MODEL, result.model());
      assertEquals("1", result.version());
      assertArrayEquals(new float[] {1, -6}, result.output("y").toFloats());
      assertArrayEquals(
          new float[] {1, -6}, connection.inferAsync(REQUEST).join().output("y").toFloats());
    }
  }

  @Test
  void extensionsThatTheServerLacksFailAndTheConnectionGoesOn() {
    assertLacking("ModelConfig", () -> connection.modelConfig(KserveServer.MODEL));
    assertLacking("ModelStatistics", () -> connection.modelStatistics(KserveServer.MODEL));
    assertLacking("RepositoryIndex", connection::repositoryIndex);
    assertLacking("RepositoryModelLoad", () -> connection.loadModel(KserveServer.MODEL));
    assertLacking("RepositoryModelUnload", () -> connection.unloadModel(KserveServer.MODEL));
    InferenceStream stream = connection.openStream();
    assertLacking("ModelStreamInfer", () -> stream.await(stream.send(REQUEST)));
    assertTrue(connection.serverLive());
  }

  private static void assertLacking(String method, Executable call) {
    TritonException failure = assertThrows(TritonException.class, call);
    assertEquals(Kind.FAILED, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains("/" + method + " "), failure.getMessage());
  }
}
