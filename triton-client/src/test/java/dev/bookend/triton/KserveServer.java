package dev.bookend.triton;

import com.google.protobuf.ByteString;
import dev.bookend.triton.proto.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.bookend.triton.proto.InferTensorContents;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import dev.bookend.triton.proto.ModelInferResponse.InferOutputTensor;
import dev.bookend.triton.proto.ModelMetadataRequest;
import dev.bookend.triton.proto.ModelMetadataResponse;
import dev.bookend.triton.proto.ModelMetadataResponse.TensorMetadata;
import dev.bookend.triton.proto.ModelReadyRequest;
import dev.bookend.triton.proto.ModelReadyResponse;
import dev.bookend.triton.proto.ServerLiveRequest;
import dev.bookend.triton.proto.ServerLiveResponse;
import dev.bookend.triton.proto.ServerMetadataRequest;
import dev.bookend.triton.proto.ServerMetadataResponse;
import dev.bookend.triton.proto.ServerReadyRequest;
import dev.bookend.triton.proto.ServerReadyResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A server on a real socket with the six methods of KServe v2 and no other. Its model doubles the
 * FP32 numbers of its input.
 */
final class KserveServer extends GRPCInferenceServiceImplBase implements AutoCloseable {
  static final String MODEL = "double";

  private final Server server;
  private volatile boolean raw;

  private KserveServer() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(this)
            .build()
            .start();
  }

  static KserveServer start() throws IOException {
    return new KserveServer();
  }

  Endpoint endpoint() {
    return new Endpoint("localhost", server.getPort(), false);
  }

  /** Whether answers have raw contents, or typed lists in their place. */
  void answerRaw(boolean on) {
    raw = on;
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> answer) {
    answer(answer, ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> answer) {
    answer(answer, ServerReadyResponse.newBuilder().setReady(true).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> answer) {
    boolean ready = request.getName().equals(MODEL) && "1".startsWith(request.getVersion());
    answer(answer, ModelReadyResponse.newBuilder().setReady(ready).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> answer) {
    answer(answer, ServerMetadataResponse.newBuilder().setName("plain").setVersion("0.1").build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> answer) {
    answer(
        answer,
        ModelMetadataResponse.newBuilder()
            .setName(request.getName())
            .addVersions("1")
            .setPlatform("java")
            .addInputs(TensorMetadata.newBuilder().setName("x").setDatatype("FP32").addShape(-1))
            .addOutputs(TensorMetadata.newBuilder().setName("y").setDatatype("FP32").addShape(-1))
            .build());
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> answer) {
    ByteBuffer x =
        request.getRawInputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer y = ByteBuffer.allocate(x.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    InferTensorContents.Builder typed = InferTensorContents.newBuilder();
    while (x.hasRemaining()) {
      float doubled = 2 * x.getFloat();
      y.putFloat(doubled);
      typed.addFp32Contents(doubled);
    }
    InferOutputTensor.Builder output =
        InferOutputTensor.newBuilder()
            .setName("y")
            .setDatatype("FP32")
            .addAllShape(request.getInputs(0).getShapeList());
    ModelInferResponse.Builder message =
        ModelInferResponse.newBuilder().setModelName(request.getModelName()).setModelVersion("1");
    if (raw) {
      message.addOutputs(output).addRawOutputContents(ByteString.copyFrom(y.flip()));
    } else {
      message.addOutputs(output.setContents(typed));
    }
    answer(answer, message.build());
  }

  private static <T> void answer(StreamObserver<T> answer, T message) {
    answer.onNext(message);
    answer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
