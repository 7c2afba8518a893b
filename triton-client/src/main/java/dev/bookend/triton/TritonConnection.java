package dev.bookend.triton;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelInferRequest;
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
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A connection to one server. Connects on first use, and again on the first use after it broke.
 * Every call throws {@link TritonException} if it fails. Safe for use by several threads.
 */
public final class TritonConnection implements AutoCloseable {
  private static final long LONGEST_TO_IDLE_MILLIS = 1_000; // microseconds, if gRPC is sound

  private final Endpoint endpoint;
  private final ConnectionOptions options;
  private final WireCounter counter = new WireCounter();
  private final ManagedChannel channel;
  private final Errors errors;
  private final Object renewal = new Object();

  private TritonConnection(Endpoint endpoint, ConnectionOptions options) {
    this.endpoint = endpoint;
    this.options = options;
    this.channel = Channels.open(endpoint, options, counter);
    this.errors = new Errors(endpoint, channel);
  }

  /**
   * A connection that is not yet made; the first call makes it.
   *
   * @throws TritonException if a PEM file of the options cannot be used
   */
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
    return modelReady(model, "");
  }

  /** Whether this version of a model is ready; an empty version means the server's choice. */
  public boolean modelReady(String model, String version) {
    ModelReadyRequest request =
        ModelReadyRequest.newBuilder().setName(model).setVersion(version).build();
    return call(stub -> stub.modelReady(request).getReady());
  }

  /** Name, version and protocol extensions of the server. */
  public ServerMetadataResponse serverMetadata() {
    return call(stub -> stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()));
  }

  /** Name, versions, and the inputs and outputs with -1 for variable dimensions. */
  public ModelMetadataResponse modelMetadata(String model) {
    ModelMetadataRequest request = ModelMetadataRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelMetadata(request));
  }

  /** The part of the model's config.pbtxt that this client reads; an extension of Triton's. */
  public ModelConfig modelConfig(String model) {
    ModelConfigRequest request = ModelConfigRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelConfig(request).getConfig());
  }

  /** Counts and times of each version of a model; an extension of Triton's. */
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

  /** One inference, waiting for the answer. An interrupt cancels it. */
  public InferResult infer(InferRequest request) {
    ModelInferRequest message = request.toMessage("");
    return result(call(stub -> stub.modelInfer(message)));
  }

  /**
   * One inference; the future fails with {@link TritonException}. Cancelling it cancels the call.
   * What depends on it must not block: it runs on gRPC's threads.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the caller gets the one that counts
  public CompletableFuture<InferResult> inferAsync(InferRequest request) {
    ListenableFuture<ModelInferResponse> call =
        GRPCInferenceServiceGrpc.newFutureStub(freshChannel())
            .withDeadlineAfter(options.deadline().toNanos(), TimeUnit.NANOSECONDS)
            .modelInfer(request.toMessage(""));
    CompletableFuture<InferResult> answer = new CompletableFuture<>();
    Futures.addCallback(
        call,
        new FutureCallback<>() {
          @Override
          public void onSuccess(ModelInferResponse response) {
            try {
              answer.complete(result(response));
            } catch (TritonException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Throwable failure) {
            answer.completeExceptionally(errors.of(failure));
          }
        },
        Runnable::run);
    answer.whenComplete((result, error) -> call.cancel(true)); // nothing, once the call is done
    return answer;
  }

  /** Opens a stream, on which requests are answered in order and without a call each. */
  public InferenceStream openStream() {
    return new InferenceStream(errors, freshChannel(), options.deadline());
  }

  /** Bytes of the messages sent so far. */
  public long bytesSent() {
    return counter.sent();
  }

  /** Bytes of the messages received so far. */
  public long bytesReceived() {
    return counter.received();
  }

  private InferResult result(ModelInferResponse response) {
    try {
      return InferResult.of(response);
    } catch (IllegalArgumentException e) {
      throw errors.malformed(e);
    }
  }

  private <T> T call(Function<GRPCInferenceServiceBlockingStub, T> method) {
    try {
      return method.apply(
          GRPCInferenceServiceGrpc.newBlockingStub(freshChannel())
              .withDeadlineAfter(options.deadline().toNanos(), TimeUnit.NANOSECONDS));
    } catch (StatusRuntimeException e) {
      throw errors.of(e);
    }
  }

  /**
   * After a failure gRPC waits ever longer, up to two minutes, and fails every call meanwhile. A
   * caller who asks again wants to know about now. The channel's state lags behind in both
   * directions: a call fails a moment before it says so, and it is idle a moment after it is told.
   */
  private ManagedChannel freshChannel() {
    synchronized (renewal) { // whoever comes second must not use what the first is about to renew
      boolean failed = errors.takeUnavailable();
      boolean stale =
          switch (channel.getState(false)) {
            case TRANSIENT_FAILURE -> true;
            case IDLE, CONNECTING -> failed;
            case READY, SHUTDOWN -> false;
          };
      if (stale) {
        channel.enterIdle();
        CompletableFuture<Void> idle = new CompletableFuture<>();
        channel.notifyWhenStateChanged(
            ConnectivityState.TRANSIENT_FAILURE, () -> idle.complete(null));
        idle.completeOnTimeout(null, LONGEST_TO_IDLE_MILLIS, TimeUnit.MILLISECONDS).join();
      }
    }
    return channel;
  }

  /** Closes the connection; calls and streams under way fail as cancelled. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
