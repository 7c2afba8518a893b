package dev.bookend.triton;

import com.google.common.util.concurrent.ListenableFuture;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelMetadataRequest;
import dev.bookend.triton.proto.ModelMetadataResponse;
import dev.bookend.triton.proto.ModelReadyRequest;
import dev.bookend.triton.proto.ModelStatistics;
import dev.bookend.triton.proto.ModelStatisticsRequest;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import dev.bookend.triton.proto.RepositoryModelLoadRequest;
import dev.bookend.triton.proto.RepositoryModelUnloadRequest;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerMetadataRequest;
import dev.bookend.triton.proto.ServerMetadataResponse;
import dev.bookend.triton.proto.ServerReadyRequest;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A connection to one server. Connects on first use. Every call throws {@link TritonException} if
 * it fails. Safe for use by several threads.
 */
public final class TritonConnection implements AutoCloseable {
  private final Endpoint endpoint;
  private final ConnectionOptions options;
  private final WireCounter counter = new WireCounter();
  private final ManagedChannel channel;

  private TritonConnection(Endpoint endpoint, ConnectionOptions options) {
    this.endpoint = endpoint;
    this.options = options;
    this.channel = Channels.open(endpoint, options, counter);
  }

  /** A connection that is not yet made; the first call makes it. */
  public static TritonConnection open(Endpoint endpoint, ConnectionOptions options) {
    return new TritonConnection(endpoint, options);
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  /** Whether the server answers at all. */
  public boolean serverLive() {
    return call(stub -> stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
  }

  /** Whether the server is ready for inference. */
  public boolean serverReady() {
    return call(stub -> stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
  }

  /** Whether a model is ready; false where there is none of that name. */
  public boolean modelReady(String model) {
    ModelReadyRequest request = ModelReadyRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelReady(request).getReady());
  }

  public ServerMetadataResponse serverMetadata() {
    return call(stub -> stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()));
  }

  public ModelMetadataResponse modelMetadata(String model) {
    ModelMetadataRequest request = ModelMetadataRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelMetadata(request));
  }

  public ModelConfig modelConfig(String model) {
    ModelConfigRequest request = ModelConfigRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelConfig(request).getConfig());
  }

  public List<ModelStatistics> modelStatistics(String model) {
    ModelStatisticsRequest request = ModelStatisticsRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelStatistics(request).getModelStatsList());
  }

  /** The models in the server's repositories, with their states. */
  public List<RepositoryIndexResponse.ModelIndex> repositoryIndex() {
    return call(
        stub -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList());
  }

  /** Loads a model; the server must run with explicit model control. */
  public void loadModel(String model) {
    RepositoryModelLoadRequest request =
        RepositoryModelLoadRequest.newBuilder().setModelName(model).build();
    call(stub -> stub.repositoryModelLoad(request));
  }

  /** Unloads a model; the server must run with explicit model control. */
  public void unloadModel(String model) {
    RepositoryModelUnloadRequest request =
        RepositoryModelUnloadRequest.newBuilder().setModelName(model).build();
    call(stub -> stub.repositoryModelUnload(request));
  }

  /** One inference, waiting for the answer. */
  public InferResult infer(InferRequest request) {
    return call(stub -> InferResult.of(stub.modelInfer(request.toMessage(""))));
  }

  /** One inference; the future fails with {@link TritonException}. */
  public CompletableFuture<InferResult> inferAsync(InferRequest request) {
    ListenableFuture<ModelInferResponse> call =
        GRPCInferenceServiceGrpc.newFutureStub(channel)
            .withDeadlineAfter(options.deadline().toNanos(), TimeUnit.NANOSECONDS)
            .modelInfer(request.toMessage(""));
    CompletableFuture<InferResult> result = new CompletableFuture<>();
    call.addListener(
        () -> {
          try {
            result.complete(InferResult.of(call.get()));
          } catch (java.util.concurrent.ExecutionException e) {
            result.completeExceptionally(Errors.of(endpoint, e.getCause()));
          } catch (InterruptedException | RuntimeException e) {
            result.completeExceptionally(Errors.of(endpoint, e));
          }
        },
        Runnable::run);
    return result;
  }

  /** Opens a stream, on which requests are answered in order and without a call each. */
  public InferenceStream openStream() {
    // A caller that opens a stream wants a connection now, not when gRPC's back-off has ended.
    channel.resetConnectBackoff();
    return new InferenceStream(
        endpoint, GRPCInferenceServiceGrpc.newStub(channel), options.deadline());
  }

  /** Bytes of the messages sent so far. */
  public long bytesSent() {
    return counter.sent();
  }

  /** Bytes of the messages received so far. */
  public long bytesReceived() {
    return counter.received();
  }

  private <T> T call(Function<GRPCInferenceServiceBlockingStub, T> method) {
    try {
      return method.apply(
          GRPCInferenceServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(options.deadline().toNanos(), TimeUnit.NANOSECONDS));
    } catch (RuntimeException e) {
      throw Errors.of(endpoint, e);
    }
  }

  /** Closes the connection; streams still open fail. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
