package dev.bookend.triton;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.triton.TritonException.Kind;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.testing.RawBytes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server can say to pass for something that it is not. */
@Timeout(600)
class HostileServerTest {
  private static final InferRequest REQUEST =
      new InferRequest("m", List.of(Tensor.of("x", List.of(1L), 1)), Optional.empty());

  /** Whoever has not cancelled must not be told that he has. */
  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "CANCELLED",
        "UNKNOWN",
        "INTERNAL",
        "ABORTED",
        "DATA_LOSS",
        "OUT_OF_RANGE",
        "FAILED_PRECONDITION",
        "INVALID_ARGUMENT",
        "UNIMPLEMENTED",
        "ALREADY_EXISTS"
      })
  void aStatusThatEndsAStreamInUseIsNoWordOfTheModel(Status.Code code) throws Exception {
    try (LocalServer server = LocalServer.start();
        TritonConnection connection = open(server.endpoint())) {
      InferenceStream stream = connection.openStream();
      CompletableFuture<InferResult> first = stream.send(REQUEST);
      server.answer(server.next().getId(), "");
      stream.await(first);
      CompletableFuture<InferResult> pending = stream.send(REQUEST);
      server.next();
      server.answers().onError(Status.fromCode(code).withDescription("of a kind").asException());
      assertEquals(Kind.BROKEN, kind(stream, pending));
      assertFalse(stream.isOpen());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"channel shutdown", "Channel shutdownNow invoked", "cancelled", "CANCELLED"})
  void wordsOfCancellationFromAServerAreAFailureOfTheServer(String words) throws Exception {
    try (LocalServer server = LocalServer.start();
        TritonConnection connection = open(server.endpoint())) {
      InferenceStream stream = connection.openStream();
      CompletableFuture<InferResult> answer = stream.send(REQUEST);
      server.answer(server.next().getId(), words);
      assertEquals(Kind.FAILED, kind(stream, answer));
      CompletableFuture<InferResult> pending = stream.send(REQUEST);
      server.next();
      server.answers().onError(Status.UNAVAILABLE.withDescription(words).asException());
      assertEquals(Kind.UNREACHABLE, kind(stream, pending));
    }
  }

  @ParameterizedTest
  @CsvSource({"CANCELLED,BROKEN", "UNKNOWN,FAILED", "RESOURCE_EXHAUSTED,EXHAUSTED"})
  void aStatusOfACallIsTheServers(Status.Code code, Kind kind) throws Exception {
    try (RawServer server =
            new RawServer(
                Map.of("ServerLive", calls -> calls.onError(code.toStatus().asException())));
        TritonConnection connection = open(server.endpoint())) {
      assertEquals(kind, assertThrows(TritonException.class, connection::serverLive).kind());
    }
  }

  @Test
  void whatCannotBeParsedIsABreach() throws Exception {
    byte[] junk = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 7, 7, 7};
    try (RawServer server =
            new RawServer(
                Map.of(
                    "ModelStreamInfer", calls -> calls.onNext(junk),
                    "ServerLive", calls -> calls.onNext(junk)));
        TritonConnection connection = open(server.endpoint())) {
      InferenceStream stream = connection.openStream();
      assertEquals(Kind.BROKEN, kind(stream, stream.send(REQUEST)));
      assertEquals(Kind.BROKEN, assertThrows(TritonException.class, connection::serverLive).kind());
    }
  }

  /** 4 MiB are plenty for what a server says of itself; a stream has the limit that it is given. */
  @Test
  void messagesAboveTheLimitOfTheirCallAreNotTaken() throws Exception {
    byte[] five = new byte[5 << 20];
    five[0] = 10; // field 1: text or bytes of the length that follows
    five[1] = (byte) 0xfa;
    five[2] = (byte) 0xff;
    five[3] = (byte) 0xbf;
    five[4] = 2;
    try (RawServer server =
            new RawServer(
                Map.of(
                    "ServerMetadata", calls -> calls.onNext(five),
                    "ModelStreamInfer", calls -> calls.onNext(five)));
        TritonConnection connection = open(server.endpoint())) {
      assertEquals(
          Kind.EXHAUSTED, assertThrows(TritonException.class, connection::serverMetadata).kind());
      InferenceStream stream = connection.openStream(1 << 20);
      assertEquals(Kind.EXHAUSTED, kind(stream, stream.send(REQUEST)));
      assertTrue(connection.bytesReceived() < 3L * five.length);
    }
  }

  /** Nobody has asked for compression, and so a message is what its length says. */
  @Test
  void noCompressionIsOffered() throws Exception {
    try (RawServer server =
            new RawServer(Map.of("ServerLive", calls -> calls.onNext(new byte[0])));
        TritonConnection connection = open(server.endpoint())) {
      assertFalse(connection.serverLive());
      assertEquals(Map.of("ServerLive", ""), server.encodings);
    }
  }

  @Test
  void severalCallsShareAnEnd() throws Exception {
    try (RawServer server = new RawServer(Map.of("ServerLive", calls -> {}));
        TritonConnection connection = open(server.endpoint())) {
      TritonConnection limited = connection.within(Duration.ofMillis(700));
      long start = System.nanoTime();
      for (int call = 0; call < 5; call++) {
        assertThrows(TritonException.class, limited::serverLive);
      }
      assertTrue(System.nanoTime() - start < 20_000_000_000L, "each had an end of its own");
    }
  }

  @Test
  void aPortOfHttp1IsToldWithTritonsOwn() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        TritonConnection connection =
            open(new Endpoint("127.0.0.1", listener.getLocalPort(), false))) {
      Thread http =
          new Thread(
              () -> {
                try (Socket socket = listener.accept()) {
                  socket
                      .getOutputStream()
                      .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                  socket.shutdownOutput();
                  socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                  // the test is over
                }
              });
      http.start();
      TritonException failure = assertThrows(TritonException.class, connection::serverLive);
      assertEquals(Kind.UNREACHABLE, failure.kind(), failure.getMessage());
      assertTrue(failure.getMessage().contains("8001"), failure.getMessage());
    }
  }

  private static TritonConnection open(Endpoint endpoint) {
    return TritonConnection.open(endpoint, ConnectionOptions.DEFAULT);
  }

  private static Kind kind(InferenceStream stream, CompletableFuture<InferResult> answer) {
    return assertThrows(TritonException.class, () -> stream.await(answer)).kind();
  }

  /** A server of the protocol's methods whose messages are bytes. */
  private static final class RawServer implements AutoCloseable {
    /** The encodings that the client offered, by method. */
    private final Map<String, String> encodings = new ConcurrentHashMap<>();

    private final Server server;

    RawServer(Map<String, Consumer<StreamObserver<byte[]>>> answers) throws IOException {
      var service = ServerServiceDefinition.builder("inference.GRPCInferenceService");
      answers.forEach((name, answer) -> service.addMethod(method(name), handler(answer)));
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(service.build())
              .intercept(encodings())
              .build()
              .start();
    }

    Endpoint endpoint() {
      return new Endpoint("127.0.0.1", server.getPort(), false);
    }

    private static ServerCallHandler<byte[], byte[]> handler(
        Consumer<StreamObserver<byte[]>> answer) {
      return ServerCalls.asyncBidiStreamingCall(
          responses ->
              new StreamObserver<byte[]>() {
                @Override
                public void onNext(byte[] request) {
                  answer.accept(responses);
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                  try {
                    responses.onCompleted();
                  } catch (IllegalStateException e) {
                    // it has failed already
                  }
                }
              });
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
      return MethodDescriptor.newBuilder(new RawBytes(), new RawBytes())
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName(
              MethodDescriptor.generateFullMethodName(GRPCInferenceServiceGrpc.SERVICE_NAME, name))
          .build();
    }

    private ServerInterceptor encodings() {
      Metadata.Key<String> offered =
          Metadata.Key.of("grpc-accept-encoding", Metadata.ASCII_STRING_MARSHALLER);
      return new ServerInterceptor() {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
          String offer = headers.get(offered);
          encodings.put(call.getMethodDescriptor().getBareMethodName(), offer == null ? "" : offer);
          return next.startCall(call, headers);
        }
      };
    }

    @Override
    public void close() {
      server.shutdownNow();
    }
  }
}
