package dev.bookend.embedded;

import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import io.grpc.stub.StreamObserver;

/**
 * One ModelStreamInfer call. Errors of single requests are messages on the stream, which goes on;
 * it ends once the client has ended it and every request is answered.
 */
final class RequestStream implements StreamObserver<ModelInferRequest> {
  private final MiddleModel model;
  private final Sequences sequences;
  private final StreamObserver<ModelStreamInferResponse> responses;
  private int unanswered;
  private boolean clientDone;
  private boolean ended;

  RequestStream(
      MiddleModel model, Sequences sequences, StreamObserver<ModelStreamInferResponse> responses) {
    this.model = model;
    this.sequences = sequences;
    this.responses = responses;
  }

  @Override
  public void onNext(ModelInferRequest request) {
    synchronized (this) {
      unanswered++;
    }
    Sequences.Reply reply =
        new Sequences.Reply() {
          @Override
          public void answer(ModelInferResponse response) {
            respond(ModelStreamInferResponse.newBuilder().setInferResponse(response).build());
          }

          @Override
          public void error(String message) {
            respond(
                ModelStreamInferResponse.newBuilder()
                    .setErrorMessage(message)
                    .setInferResponse(ModelInferResponse.newBuilder().setId(request.getId()))
                    .build());
          }
        };
    if (request.getModelName().equals(model.name())) {
      sequences.submit(request, reply);
    } else {
      reply.error(InferenceService.unknownModel(request.getModelName()));
    }
  }

  private synchronized void respond(ModelStreamInferResponse response) {
    unanswered--;
    if (!ended) {
      responses.onNext(response);
    }
    endWhenDone();
  }

  /**
   * The client has cancelled the stream. What it has asked for is computed all the same, as in
   * Triton.
   */
  @Override
  public synchronized void onError(Throwable failure) {
    ended = true;
  }

  @Override
  public synchronized void onCompleted() {
    clientDone = true;
    endWhenDone();
  }

  private void endWhenDone() {
    if (clientDone && unanswered == 0 && !ended) {
      ended = true;
      responses.onCompleted();
    }
  }
}
