package dev.bookend.remote;

import com.google.protobuf.ByteString;
import dev.bookend.embedded.EmbeddedCloud;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerLiveResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** A server in front of an embedded cloud that changes what goes through it. */
public final class AlteringCloud implements AutoCloseable {
  /**
   * What becomes of the messages. A {@link StatusRuntimeException} ends the call with that status.
   */
  public record Alteration(
      UnaryOperator<RepositoryIndexResponse> index,
      UnaryOperator<ModelConfigResponse> config,
      UnaryOperator<ModelInferRequest> request,
      UnaryOperator<ModelStreamInferResponse> answer) {
    /** Changes nothing. */
    public static final Alteration NONE =
        new Alteration(
            UnaryOperator.identity(),
            UnaryOperator.identity(),
            UnaryOperator.identity(),
            UnaryOperator.identity());

    public Alteration withIndex(UnaryOperator<RepositoryIndexResponse> change) {
      return new Alteration(change, config, request, answer);
    }

    public Alteration withConfig(UnaryOperator<ModelConfigResponse> change) {
      return new Alteration(index, change, request, answer);
    }

    public Alteration withRequest(UnaryOperator<ModelInferRequest> change) {
      return new Alteration(index, config, change, answer);
    }

    public Alteration withAnswer(UnaryOperator<ModelStreamInferResponse> change) {
      return new Alteration(index, config, request, change);
    }
  }

  private final ManagedChannel channel;
  private final Server server;
  private final AtomicBoolean cutting = new AtomicBoolean();

  public AlteringCloud(EmbeddedCloud cloud, Alteration alteration) throws IOException {
    Endpoint behind = cloud.endpoint();
    channel = NettyChannelBuilder.forAddress(behind.host(), behind.port()).usePlaintext().build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                new Front(
                    GRPCInferenceServiceGrpc.newStub(channel),
                    alteration.withAnswer(answer -> alteration.answer().apply(whole(answer)))))
            .build()
            .start();
  }

  public Endpoint endpoint() {
    return new Endpoint(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort(), false);
  }

  private ModelStreamInferResponse whole(ModelStreamInferResponse answer) {
    if (cutting.getAndSet(false)) {
      throw Status.UNAVAILABLE.asRuntimeException();
    }
    return answer;
  }

  /** Ends the stream of the next answer in its place. */
  public void cut() {
    cutting.set(true);
  }

  /** An answer without its last row, as from a server that has lost track of a sequence. */
  static ModelStreamInferResponse withoutRow(ModelStreamInferResponse message) {
    var changed = message.toBuilder();
    var answer = changed.getInferResponseBuilder();
    var hidden = answer.getOutputsBuilder(0);
    long rows = hidden.getShape(0);
    ByteString content = answer.getRawOutputContents(0);
    hidden.setShape(0, rows - 1);
    answer.setRawOutputContents(0, content.substring(content.size() / (int) rows));
    return changed.build();
  }

  @Override
  public void close() {
    server.shutdownNow();
    channel.shutdownNow();
  }

  private static final class Front extends GRPCInferenceServiceImplBase {
    private final GRPCInferenceServiceStub behind;
    private final Alteration alteration;

    Front(GRPCInferenceServiceStub behind, Alteration alteration) {
      this.behind = behind;
      this.alteration = alteration;
    }

    @Override
    public void repositoryIndex(
        RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> reply) {
      behind.repositoryIndex(request, changing(reply, alteration.index()));
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> reply) {
      behind.serverLive(request, reply);
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> reply) {
      behind.modelConfig(request, changing(reply, alteration.config()));
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(
        StreamObserver<ModelStreamInferResponse> responses) {
      StreamObserver<ModelInferRequest> requests =
          behind.modelStreamInfer(changing(responses, alteration.answer()));
      return changing(requests, alteration.request());
    }

    private static <T> StreamObserver<T> changing(StreamObserver<T> to, UnaryOperator<T> change) {
      return new StreamObserver<>() {
        private boolean hasFailed;

        @Override
        public void onNext(T message) {
          if (hasFailed) {
            return;
          }
          T changed;
          try {
            changed = change.apply(message);
          } catch (StatusRuntimeException e) {
            onError(e);
            return;
          }
          to.onNext(changed);
        }

        @Override
        public void onError(Throwable failure) {
          if (!hasFailed) {
            hasFailed = true;
            to.onError(failure);
          }
        }

        @Override
        public void onCompleted() {
          if (!hasFailed) {
            to.onCompleted();
          }
        }
      };
    }
  }
}
