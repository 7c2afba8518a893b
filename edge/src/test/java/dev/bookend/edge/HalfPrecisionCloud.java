package dev.bookend.edge;

import ai.djl.util.Float16Utils;
import com.google.protobuf.ByteString;
import dev.bookend.edge.cloud.EmbeddedCloud;
import dev.bookend.model.contract.Contract;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.bookend.triton.proto.ModelConfigRequest;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexRequest;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.UnaryOperator;

/** A server in front of an embedded cloud whose hidden states travel as FP16. */
final class HalfPrecisionCloud implements AutoCloseable {
  private final ManagedChannel channel;
  private final Server server;

  /**
   * @param change what becomes of each number of an answer
   */
  HalfPrecisionCloud(EmbeddedCloud cloud, UnaryOperator<Float> change) throws IOException {
    Endpoint behind = cloud.endpoint();
    channel = NettyChannelBuilder.forAddress(behind.host(), behind.port()).usePlaintext().build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Front(GRPCInferenceServiceGrpc.newStub(channel), change))
            .build()
            .start();
  }

  Endpoint endpoint() {
    return new Endpoint(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort(), false);
  }

  @Override
  public void close() {
    server.shutdownNow();
    channel.shutdownNow();
  }

  private static final class Front extends GRPCInferenceServiceImplBase {
    private final GRPCInferenceServiceStub behind;
    private final UnaryOperator<Float> change;

    Front(GRPCInferenceServiceStub behind, UnaryOperator<Float> change) {
      this.behind = behind;
      this.change = change;
    }

    @Override
    public void repositoryIndex(
        RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> reply) {
      behind.repositoryIndex(request, reply);
    }

    @Override
    public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> reply) {
      behind.modelConfig(request, changing(reply, Front::halved));
    }

    private static ModelConfigResponse halved(ModelConfigResponse response) {
      ModelConfigResponse.Builder halved = response.toBuilder();
      halved.getConfigBuilder().getInputBuilder(0).setDataType(DataType.TYPE_FP16);
      halved.getConfigBuilder().getOutputBuilder(0).setDataType(DataType.TYPE_FP16);
      return halved.build();
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(
        StreamObserver<ModelStreamInferResponse> responses) {
      StreamObserver<ModelInferRequest> requests =
          behind.modelStreamInfer(changing(responses, this::halved));
      return changing(requests, Front::widened);
    }

    private static ModelInferRequest widened(ModelInferRequest request) {
      ModelInferRequest.InferInputTensor hidden = request.getInputs(0);
      if (!hidden.getName().equals(Contract.HIDDEN) || !hidden.getDatatype().equals("FP16")) {
        throw new AssertionError(hidden);
      }
      ByteBuffer halves = bytes(request.getRawInputContents(0));
      ByteBuffer floats = allocate(2 * halves.remaining());
      while (halves.hasRemaining()) {
        floats.putFloat(Float16Utils.halfToFloat(halves.getShort()));
      }
      return request.toBuilder()
          .setInputs(0, hidden.toBuilder().setDatatype("FP32"))
          .setRawInputContents(0, ByteString.copyFrom(floats.flip()))
          .build();
    }

    private ModelStreamInferResponse halved(ModelStreamInferResponse message) {
      if (!message.getErrorMessage().isEmpty()) {
        return message;
      }
      ModelInferResponse response = message.getInferResponse();
      ByteBuffer floats = bytes(response.getRawOutputContents(0));
      ByteBuffer halves = allocate(floats.remaining() / 2);
      while (floats.hasRemaining()) {
        halves.putShort(Float16Utils.floatToHalf(change.apply(floats.getFloat())));
      }
      return message.toBuilder()
          .setInferResponse(
              response.toBuilder()
                  .setOutputs(0, response.getOutputs(0).toBuilder().setDatatype("FP16"))
                  .setRawOutputContents(0, ByteString.copyFrom(halves.flip())))
          .build();
    }

    private static ByteBuffer bytes(ByteString content) {
      return content.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer allocate(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static <T> StreamObserver<T> changing(StreamObserver<T> to, UnaryOperator<T> change) {
      return new StreamObserver<>() {
        @Override
        public void onNext(T message) {
          to.onNext(change.apply(message));
        }

        @Override
        public void onError(Throwable failure) {
          to.onError(failure);
        }

        @Override
        public void onCompleted() {
          to.onCompleted();
        }
      };
    }
  }
}
