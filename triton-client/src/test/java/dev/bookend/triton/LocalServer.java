package dev.bookend.triton;

import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerLiveResponse;
import dev.bookend.triton.testing.TestAuthority;
import dev.bookend.triton.testing.TestAuthority.Identity;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * A gRPC server on a real socket whose answers the test itself gives: a real Triton cannot be made
 * to misbehave. Serves one stream at a time.
 */
final class LocalServer extends GRPCInferenceServiceImplBase implements AutoCloseable {
  /** What came in on streams and calls. */
  final BlockingQueue<ModelInferRequest> requests = new LinkedBlockingQueue<>();

  /** How the client's sides ended: empty for an orderly end. */
  final BlockingQueue<Optional<Throwable>> ends = new LinkedBlockingQueue<>();

  private final boolean tls;
  private final Server server;
  private volatile StreamObserver<ModelStreamInferResponse> answers;

  private LocalServer(String address, int port, SslContext tls) throws IOException {
    this.tls = tls != null;
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getByName(address), port))
            .maxInboundMessageSize(64 << 20)
            .addService(this);
    if (tls != null) {
      builder.sslContext(tls);
    }
    server = builder.build().start();
  }

  static LocalServer start() throws IOException {
    return start("127.0.0.1");
  }

  static LocalServer start(String address) throws IOException {
    return start(address, 0);
  }

  static LocalServer start(String address, int port) throws IOException {
    return new LocalServer(address, port, null);
  }

  static LocalServer startTls(TestAuthority authority, String host, ClientAuth clients)
      throws IOException {
    return startTls(authority, host, clients, 0);
  }

  static LocalServer startTls(TestAuthority authority, String host, ClientAuth clients, int port)
      throws IOException {
    return startTls(tls(authority, host).clientAuth(clients), port);
  }

  /** One that speaks a single version of TLS, with a cipher that all versions have. */
  static LocalServer startTls(TestAuthority authority, String host, String version)
      throws IOException {
    SslContextBuilder tls = tls(authority, host).protocols(version);
    if (!version.equals("TLSv1.3") && !version.equals("TLSv1.2")) {
      tls.ciphers(List.of("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"));
    }
    return startTls(tls, 0);
  }

  private static SslContextBuilder tls(TestAuthority authority, String host) {
    Identity identity = authority.issue(host);
    return GrpcSslContexts.forServer(identity.certificate().toFile(), identity.key().toFile())
        .trustManager(authority.certificate().toFile());
  }

  private static LocalServer startTls(SslContextBuilder tls, int port) throws IOException {
    try {
      return new LocalServer("127.0.0.1", port, tls.build());
    } catch (SSLException e) {
      throw new IOException(e);
    }
  }

  int port() {
    return server.getPort();
  }

  Endpoint endpoint() {
    return new Endpoint("localhost", port(), tls);
  }

  ModelInferRequest next() throws InterruptedException {
    ModelInferRequest request = requests.poll(5, TimeUnit.MINUTES);
    if (request == null) {
      throw new AssertionError("no request came");
    }
    return request;
  }

  StreamObserver<ModelStreamInferResponse> answers() {
    return answers;
  }

  void answer(String id, String error) {
    answers.onNext(
        ModelStreamInferResponse.newBuilder()
            .setErrorMessage(error)
            .setInferResponse(ModelInferResponse.newBuilder().setModelName("m").setId(id))
            .build());
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> answer) {
    answer.onNext(ServerLiveResponse.newBuilder().setLive(true).build());
    answer.onCompleted();
  }

  /** Never answers; the test may end the server. */
  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> answer) {
    ((ServerCallStreamObserver<ModelInferResponse>) answer)
        .setOnCancelHandler(() -> ends.add(Optional.of(new IOException("cancelled"))));
    requests.add(request);
  }

  @Override
  public StreamObserver<ModelInferRequest> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> observer) {
    answers = observer;
    ((ServerCallStreamObserver<ModelStreamInferResponse>) observer)
        .setOnCancelHandler(() -> ends.add(Optional.of(new IOException("cancelled"))));
    return new StreamObserver<>() {
      @Override
      public void onNext(ModelInferRequest request) {
        requests.add(request);
      }

      @Override
      public void onError(Throwable error) {
        // the cancel handler says so, also after the client's orderly end
      }

      @Override
      public void onCompleted() {
        ends.add(Optional.empty());
      }
    };
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
