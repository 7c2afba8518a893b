package dev.bookend.triton.testing;

import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelInput;
import dev.bookend.triton.proto.ModelParameter;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerLiveResponse;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;

/** A server whose only model answers with what it is asked, for callers whom it lets in. */
public final class SecuredServer implements AutoCloseable {
  private final Server server;

  private SecuredServer(Server server) {
    this.server = server;
  }

  /**
   * What a caller must bring in a header.
   *
   * @param refusal what others are told
   */
  public record Secret(String header, String value, Status refusal) {
    /** As Triton's restricted protocols want it. */
    public static Secret restricted(String key, String value) {
      String header = "triton-grpc-protocol-" + key;
      return new Secret(
          header,
          value,
          Status.UNAVAILABLE.withDescription(
              "This protocol is restricted, expecting header '" + header + "'"));
    }

    /** As an ingress wants it. */
    public static Secret bearer(String token) {
      return new Secret(
          "authorization",
          "Bearer " + token,
          Status.UNAUTHENTICATED.withDescription("no valid token"));
    }
  }

  /**
   * Starts one on a free port of this machine.
   *
   * @param own the server's certificate; empty: no TLS
   * @param clients who signs clients' certificates; empty: they need none
   * @param parameters of the model, which takes and gives hidden states [-1,H]
   */
  public static SecuredServer start(
      Optional<TestAuthority.Identity> own,
      Optional<TestAuthority> clients,
      Optional<Secret> secret,
      Map<String, String> parameters)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Echo(parameters));
    if (own.isPresent()) {
      SslContextBuilder tls =
          GrpcSslContexts.forServer(own.get().certificate().toFile(), own.get().key().toFile());
      clients.ifPresent(
          authority ->
              tls.trustManager(authority.certificate().toFile()).clientAuth(ClientAuth.REQUIRE));
      builder.sslContext(tls.build());
    }
    secret.ifPresent(wanted -> builder.intercept(new Gate(wanted)));
    return new SecuredServer(builder.build().start());
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private record Gate(Secret secret) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String given =
          headers.get(Metadata.Key.of(secret.header(), Metadata.ASCII_STRING_MARSHALLER));
      if (secret.value().equals(given)) {
        return next.startCall(call, headers);
      }
      call.close(secret.refusal(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  private static final class Echo extends GRPCInferenceServiceImplBase {
    private static final String MODEL = "middle";

    private final Map<String, String> parameters;

    private Echo(Map<String, String> parameters) {
      this.parameters = parameters;
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> reply) {
      reply.onNext(ServerLiveResponse.newBuilder().setLive(true).build());
      reply.onCompleted();
    }

    @Override
    public void repositoryIndex(
        RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> reply) {
      reply.onNext(
          RepositoryIndexResponse.newBuilder()
              .addModels(
                  RepositoryIndexResponse.ModelIndex.newBuilder().setName(MODEL).setState("READY"))
              .build());
      reply.onCompleted();
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> reply) {
      ModelConfig.Builder config =
          ModelConfig.newBuilder()
              .setName(MODEL)
              .addInput(ModelInput.newBuilder().setName("hidden").setDataType(DataType.TYPE_FP32));
      parameters.forEach(
          (key, value) ->
              config.putParameters(key, ModelParameter.newBuilder().setStringValue(value).build()));
      reply.onNext(ModelConfigResponse.newBuilder().setConfig(config).build());
      reply.onCompleted();
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(
        StreamObserver<ModelStreamInferResponse> answers) {
      return new StreamObserver<>() {
        @Override
        public void onNext(ModelInferRequest request) {
          ModelInferRequest.InferInputTensor hidden = request.getInputs(0);
          answers.onNext(
              ModelStreamInferResponse.newBuilder()
                  .setInferResponse(
                      ModelInferResponse.newBuilder()
                          .setModelName(MODEL)
                          .setId(request.getId())
                          .addOutputs(
                              ModelInferResponse.InferOutputTensor.newBuilder()
                                  .setName("hidden_out")
                                  .setDatatype(hidden.getDatatype())
                                  .addAllShape(hidden.getShapeList()))
                          .addRawOutputContents(request.getRawInputContents(0)))
                  .build());
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          answers.onCompleted();
        }
      };
    }
  }
}
