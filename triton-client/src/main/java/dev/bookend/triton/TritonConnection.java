package dev.bookend.triton;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelMetadataRequest;
import dev.bookend.triton.proto.ModelReadyRequest;
import dev.bookend.triton.proto.ModelStatisticsRequest;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryModelLoadRequest;
import dev.bookend.triton.proto.RepositoryModelUnloadRequest;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerMetadataRequest;
import dev.bookend.triton.proto.ServerReadyRequest;
import io.grpc.ConnectivityState;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A connection to one server. It is made by the first call, and made anew by the first call after
 * it broke. Every call that fails throws {@link TritonException}, and waits no longer than {@link
 * ConnectionOptions#deadline}.
 *
 * <p>Health, metadata and inference ({@link #infer}, {@link #inferAsync}) are KServe v2, which
 * every server of that protocol has. The methods that name an extension need a server with that
 * extension of Triton's; from another server they fail with kind FAILED.
 *
 * <p>Safe for use by several threads.
 */
public final class TritonConnection implements AutoCloseable {
  // Health, metadata, configurations and statistics are small, whatever a server says.
  private static final int MOST_METADATA_BYTES = 4 << 20;
  // Becoming idle takes microseconds. The limit only guards against a fault of gRPC's.
  private static final long LONGEST_TO_IDLE_MILLIS = 1_000;
  private static final long LONGEST_TO_CLOSE_MILLIS = 1_000;

  private final Endpoint endpoint;
  private final ConnectionOptions options;
  private final WireCounter counter;
  private final String name;
  private final EventLoops loops;
  private final ManagedChannel channel;
  private final Errors errors;
  private final Object renewal;
  private final Optional<Deadline> end;

  private TritonConnection(Endpoint endpoint, ConnectionOptions options, Optional<Route> route) {
    this.endpoint = endpoint;
    this.options = options;
    this.counter = new WireCounter();
    this.name = route.map(Route::name).orElse(endpoint.toString());
    this.loops = new EventLoops();
    this.channel = open(endpoint, options, route, counter, loops);
    this.errors = new Errors(endpoint, name, route, channel);
    this.renewal = new Object();
    this.end = Optional.empty();
  }

  private static ManagedChannel open(
      Endpoint endpoint,
      ConnectionOptions options,
      Optional<Route> route,
      WireCounter counter,
      EventLoops loops) {
    try {
      return Channels.open(endpoint, options, route, counter, loops);
    } catch (RuntimeException e) { // of a file of the options
      loops.close();
      throw e;
    }
  }

  private TritonConnection(TritonConnection whole, Deadline end) {
    this.endpoint = whole.endpoint;
    this.options = whole.options;
    this.counter = whole.counter;
    this.name = whole.name;
    this.loops = whole.loops;
    this.channel = whole.channel;
    this.errors = whole.errors;
    this.renewal = whole.renewal;
    this.end = Optional.of(end);
  }

  /**
   * Prepares a connection. The first call makes it, so that a server that cannot be reached is told
   * then.
   *
   * @throws TritonException if a PEM file of the options cannot be used
   */
  public static TritonConnection open(Endpoint endpoint, ConnectionOptions options) {
    return new TritonConnection(endpoint, options, Optional.empty());
  }

  /**
   * Prepares a connection that takes another way to its server.
   *
   * @param endpoint where the server listens, as the far end of the route has it
   * @param route stays in use until this is closed, and stays open then
   * @throws TritonException if a PEM file of the options cannot be used
   */
  public static TritonConnection open(Endpoint endpoint, ConnectionOptions options, Route route) {
    return new TritonConnection(endpoint, options, Optional.of(route));
  }

  /**
   * The same connection for several calls that together may take so long, counted from now: none of
   * them waits past that, nor longer than {@link ConnectionOptions#deadline}. Streams know no such
   * end. Closing either closes both.
   */
  public TritonConnection within(Duration all) {
    return new TritonConnection(this, Deadline.after(all.toNanos(), TimeUnit.NANOSECONDS));
  }

  /**
   * Gives up the connection, which may be dead without a word: the next call or stream makes
   * another. What is under way goes on, if it can.
   */
  public void drop() {
    renew(true);
  }

  /** Where the server listens. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** The longest wait for an answer, as the options have it. */
  public Duration deadline() {
    return options.deadline();
  }

  /** The server, as messages name it: its endpoint, or what the route is called. */
  public String name() {
    return name;
  }

  /** Whether the server runs and answers, ready or not. */
  public boolean serverLive() {
    return call(stub -> stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
  }

  /**
   * As {@link #serverLive()}, with a deadline of its own.
   *
   * @param longest the longest wait for the answer; positive
   */
  public boolean serverLive(Duration longest) {
    return call(
        Deadline.after(longest.toNanos(), TimeUnit.NANOSECONDS),
        MOST_METADATA_BYTES,
        stub -> stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
  }

  /** Whether the server is ready for inference. */
  public boolean serverReady() {
    return call(stub -> stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
  }

  /** Whether a model is ready, in the version that the server chooses. */
  public boolean modelReady(String model) {
    return modelReady(model, "");
  }

  /**
   * Whether this version of a model is ready. Where there is no such model, Triton answers false,
   * but other servers may fail the call.
   *
   * @param version the model's version; empty for the server's choice
   */
  public boolean modelReady(String model, String version) {
    ModelReadyRequest request =
        ModelReadyRequest.newBuilder().setName(model).setVersion(version).build();
    return call(stub -> stub.modelReady(request).getReady());
  }

  /** The server's name, version and protocol extensions. */
  public ServerMetadata serverMetadata() {
    return ServerMetadata.of(
        call(stub -> stub.serverMetadata(ServerMetadataRequest.getDefaultInstance())));
  }

  /** The inputs and outputs of a model, in the version that the server chooses. */
  public ModelMetadata modelMetadata(String model) {
    return modelMetadata(model, "");
  }

  /**
   * The inputs and outputs of this version of a model.
   *
   * @param version the model's version; empty for the server's choice
   */
  public ModelMetadata modelMetadata(String model, String version) {
    ModelMetadataRequest request =
        ModelMetadataRequest.newBuilder().setName(model).setVersion(version).build();
    return ModelMetadata.of(call(stub -> stub.modelMetadata(request)));
  }

  /** How a model is configured (Triton's model configuration extension). */
  public ModelConfiguration modelConfig(String model) {
    ModelConfigRequest request = ModelConfigRequest.newBuilder().setName(model).build();
    return ModelConfiguration.of(call(stub -> stub.modelConfig(request).getConfig()));
  }

  /**
   * The counts and times of each version of a model (Triton's statistics extension).
   *
   * @param model the model's name; empty for all models
   */
  public List<ModelStatistics> modelStatistics(String model) {
    ModelStatisticsRequest request = ModelStatisticsRequest.newBuilder().setName(model).build();
    return call(stub -> stub.modelStatistics(request)).getModelStatsList().stream()
        .map(ModelStatistics::of)
        .toList();
  }

  /** The models in the server's repositories (Triton's model repository extension). */
  public List<ModelIndexEntry> repositoryIndex() {
    return call(stub -> stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()))
        .getModelsList()
        .stream()
        .map(ModelIndexEntry::of)
        .toList();
  }

  /**
   * Loads a model (Triton's model repository extension). The server must run with explicit model
   * control.
   */
  public void loadModel(String model) {
    RepositoryModelLoadRequest request =
        RepositoryModelLoadRequest.newBuilder().setModelName(model).build();
    call(stub -> stub.repositoryModelLoad(request));
  }

  /**
   * Unloads a model (Triton's model repository extension). The server must run with explicit model
   * control.
   */
  public void unloadModel(String model) {
    RepositoryModelUnloadRequest request =
        RepositoryModelUnloadRequest.newBuilder().setModelName(model).build();
    call(stub -> stub.repositoryModelUnload(request));
  }

  /** Runs one inference (ModelInfer) and waits for the answer. An interrupt cancels the call. */
  public InferResult infer(InferRequest request) {
    ModelInferRequest message = request.toMessage("");
    return result(call(options.maxInboundBytes(), stub -> stub.modelInfer(message)));
  }

  /**
   * Runs one inference (ModelInfer) without waiting. The future fails with {@link TritonException};
   * cancelling it cancels the call. Functions that depend on the future run on gRPC's threads and
   * must not block.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the caller gets the one that counts
  public CompletableFuture<InferResult> inferAsync(InferRequest request) {
    ListenableFuture<ModelInferResponse> call =
        GRPCInferenceServiceGrpc.newFutureStub(freshChannel())
            .withDeadline(end())
            .withMaxInboundMessageSize(options.maxInboundBytes())
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
    answer.whenComplete((result, error) -> call.cancel(true)); // has no effect on a finished call
    return answer;
  }

  /**
   * Opens a stream of inferences, which need no call each (ModelStreamInfer in Triton's form).
   * KServe v2 has no streams, and other servers may lack them or have another form.
   */
  public InferenceStream openStream() {
    return openStream(options.maxInboundBytes());
  }

  /**
   * As {@link #openStream()}, with a limit of its own.
   *
   * @param maxInboundBytes the size of the largest answer that is accepted; a larger one ends the
   *     stream
   */
  public InferenceStream openStream(int maxInboundBytes) {
    return new InferenceStream(errors, freshChannel(), options.deadline(), maxInboundBytes);
  }

  /** The bytes of all messages sent so far, without the framing of gRPC and HTTP/2. */
  public long bytesSent() {
    return counter.sent();
  }

  /** The bytes of all messages received so far, without the framing of gRPC and HTTP/2. */
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

  private Deadline end() {
    Deadline own = Deadline.after(options.deadline().toNanos(), TimeUnit.NANOSECONDS);
    return end.map(own::minimum).orElse(own);
  }

  private <T> T call(Function<GRPCInferenceServiceBlockingStub, T> method) {
    return call(MOST_METADATA_BYTES, method);
  }

  private <T> T call(int mostBytes, Function<GRPCInferenceServiceBlockingStub, T> method) {
    return call(end(), mostBytes, method);
  }

  private <T> T call(
      Deadline deadline, int mostBytes, Function<GRPCInferenceServiceBlockingStub, T> method) {
    try {
      return method.apply(
          GRPCInferenceServiceGrpc.newBlockingStub(freshChannel())
              .withDeadline(deadline)
              .withMaxInboundMessageSize(mostBytes));
    } catch (StatusRuntimeException e) {
      throw errors.of(e);
    }
  }

  private ManagedChannel freshChannel() {
    renew(false);
    return channel;
  }

  /**
   * Makes the channel connect anew where it waits after a failure, or has missed a deadline. By
   * itself gRPC waits ever longer after failures, up to two minutes, and fails every call
   * meanwhile; but a caller who asks again wants to know whether the server is there now. And it
   * goes on using a connection that is dead without a word. The channel's state lags behind: a call
   * fails a moment before the state says so, and the state is idle only a moment after enterIdle().
   */
  private void renew(boolean suspect) {
    synchronized (renewal) { // a second caller must wait until the first has renewed the channel
      boolean failed = errors.takeUnavailable();
      boolean late = errors.takeLate() || suspect;
      ConnectivityState state = channel.getState(false);
      boolean stale =
          switch (state) {
            case TRANSIENT_FAILURE -> true;
            case IDLE, CONNECTING -> failed || late;
            case READY -> late;
            case SHUTDOWN -> false;
          };
      if (stale) {
        channel.enterIdle();
        CompletableFuture<Void> idle = new CompletableFuture<>();
        if (state != ConnectivityState.IDLE) {
          channel.notifyWhenStateChanged(state, () -> idle.complete(null));
          idle.completeOnTimeout(null, LONGEST_TO_IDLE_MILLIS, TimeUnit.MILLISECONDS).join();
        }
      }
    }
  }

  /** Closes the connection. Calls and streams that are under way fail with kind CANCELLED. */
  @Override
  public void close() {
    errors.closing();
    channel.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      channel.awaitTermination(LONGEST_TO_CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    loops.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
