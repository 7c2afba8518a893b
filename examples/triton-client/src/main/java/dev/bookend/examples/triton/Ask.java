package dev.bookend.examples.triton;

import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.ModelMetadata;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TensorMetadata;
import dev.bookend.triton.TensorType;
import dev.bookend.triton.TritonConnection;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Asks any KServe v2 server what a model takes, and sends it zeros. */
public final class Ask {
  private Ask() {}

  /** Two arguments: the server's address, {@code grpc://HOST:8001}, and the name of a model. */
  public static void main(String[] args) {
    ask(args[0], args[1], System.out);
  }

  static void ask(String address, String model, PrintStream out) {
    try (TritonConnection server =
        TritonConnection.open(Endpoint.parse(address), ConnectionOptions.DEFAULT)) {
      out.println(server.serverMetadata().name() + " is ready: " + server.serverReady());
      ModelMetadata metadata = server.modelMetadata(model);
      List<Tensor> zeros = metadata.inputs().stream().map(Ask::zeros).toList();
      InferResult result = server.infer(new InferRequest(model, zeros, Optional.empty()));
      zeros.forEach(input -> out.println("sent " + input));
      metadata.outputs().forEach(output -> out.println("got " + result.output(output.name())));
    }
  }

  private static Tensor zeros(TensorMetadata input) {
    TensorType type = TensorType.valueOf(input.datatype());
    List<Long> shape = input.shape().stream().map(size -> Math.max(1, size)).toList();
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    // An empty string is its length, four bytes.
    int size = type == TensorType.BYTES ? Integer.BYTES : type.bytes();
    int bytes = Math.toIntExact(Math.multiplyExact(elements, size));
    return new Tensor(input.name(), type, shape, ByteBuffer.allocate(bytes));
  }
}
