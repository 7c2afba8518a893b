package dev.bookend.embedded;

import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.InferStatistics;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelMetadataRequest;
import dev.bookend.triton.proto.ModelMetadataResponse;
import dev.bookend.triton.proto.ModelReadyRequest;
import dev.bookend.triton.proto.ModelReadyResponse;
import dev.bookend.triton.proto.ModelStatistics;
import dev.bookend.triton.proto.ModelStatisticsRequest;
import dev.bookend.triton.proto.ModelStatisticsResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerLiveResponse;
import dev.bookend.triton.proto.ServerMetadataRequest;
import dev.bookend.triton.proto.ServerMetadataResponse;
import dev.bookend.triton.proto.ServerReadyRequest;
import dev.bookend.triton.proto.ServerReadyResponse;
import dev.bookend.triton.proto.StatisticDuration;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The KServe v2 service of the embedded cloud. */
final class InferenceService extends GRPCInferenceServiceImplBase {
  private final MiddleModel model;
  private final Sequences sequences;

  InferenceService(MiddleModel model, Sequences sequences) {
    this.model = model;
    this.sequences = sequences;
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> reply) {
    answer(reply, ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> reply) {
    answer(reply, ServerReadyResponse.newBuilder().setReady(true).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> reply) {
    boolean ready = request.getName().equals(model.name());
    answer(reply, ModelReadyResponse.newBuilder().setReady(ready).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> reply) {
    answer(
        reply,
        ServerMetadataResponse.newBuilder()
            .setName("bookend-embedded")
            .addExtensions("sequence")
            .addExtensions("model_configuration")
            .addExtensions("statistics")
            .build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> reply) {
    if (isKnown(request.getName(), reply)) {
      answer(reply, ModelDescription.metadata(model.config()));
    }
  }

  @Override
  public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> reply) {
    if (isKnown(request.getName(), reply)) {
      answer(reply, ModelConfigResponse.newBuilder().setConfig(model.config()).build());
    }
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> reply) {
    answer(
        reply,
        RepositoryIndexResponse.newBuilder()
            .addModels(
                RepositoryIndexResponse.ModelIndex.newBuilder()
                    .setName(model.name())
                    .setVersion(ModelDescription.VERSION)
                    .setState("READY"))
            .build());
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> reply) {
    if (!isKnown(request.getName(), reply)) {
      return;
    }
    Statistics run = sequences.statistics();
    answer(
        reply,
        ModelStatisticsResponse.newBuilder()
            .addModelStats(
                ModelStatistics.newBuilder()
                    .setName(model.name())
                    .setVersion(ModelDescription.VERSION)
                    .setInferenceCount(run.answered())
                    .setExecutionCount(run.answered())
                    .setInferenceStats(
                        InferStatistics.newBuilder()
                            .setSuccess(
                                duration(run.answered(), run.queueNanos() + run.computeNanos()))
                            .setFail(duration(run.failed(), 0))
                            .setQueue(duration(run.answered(), run.queueNanos()))
                            .setComputeInfer(duration(run.answered(), run.computeNanos()))))
            .build());
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> reply) {
    if (!isKnown(request.getModelName(), reply)) {
      return;
    }
    sequences.submit(
        request,
        new Sequences.Reply() {
          @Override
          public void answer(ModelInferResponse response) {
            InferenceService.answer(reply, response);
          }

          @Override
          public void error(String message) {
            reply.onError(Status.INVALID_ARGUMENT.withDescription(message).asRuntimeException());
          }
        });
  }

  @Override
  public StreamObserver<ModelInferRequest> modelStreamInfer(
      StreamObserver<ModelStreamInferResponse> responses) {
    // Without a handler, an answer to a client that has cancelled the call would throw.
    ((ServerCallStreamObserver<ModelStreamInferResponse>) responses).setOnCancelHandler(() -> {});
    return new RequestStream(model, sequences, responses);
  }

  static String unknownModel(String name) {
    return "Request for unknown model: '" + name + "' is not found";
  }

  private boolean isKnown(String name, StreamObserver<?> reply) {
    boolean known = name.equals(model.name());
    if (!known) {
      reply.onError(Status.NOT_FOUND.withDescription(unknownModel(name)).asRuntimeException());
    }
    return known;
  }

  private static <T> void answer(StreamObserver<T> reply, T message) {
    reply.onNext(message);
    reply.onCompleted();
  }

  private static StatisticDuration duration(long count, long nanos) {
    return StatisticDuration.newBuilder().setCount(count).setNs(nanos).build();
  }
}
