package dev.bookend.triton.example;

import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.InferenceStream;
import dev.bookend.triton.Sequence;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TritonConnection;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The example of README.md, which shows what is between the two marks. */
final class ReadmeExample {
  private ReadmeExample() {}

  static void run(String address, PrintStream out) {
    // README begins
    Endpoint endpoint = Endpoint.parse(address); // grpc://HOST:8001, or grpcs:// for TLS
    try (TritonConnection triton = TritonConnection.open(endpoint, ConnectionOptions.DEFAULT)) {
      // One inference, waiting for the answer.
      Tensor input = Tensor.of("in_fp32", List.of(3L), 0.5f, 1f, 2f);
      InferRequest request = new InferRequest("echo", List.of(input), Optional.empty());
      Tensor output = triton.infer(request.withOutputs(List.of("out_fp32"))).output("out_fp32");
      out.println(output + " " + Arrays.toString(output.toFloats()));

      // A sequence of a stateful model over one stream, without waiting in between.
      List<CompletableFuture<InferResult>> answers = new ArrayList<>();
      try (InferenceStream stream = triton.openStream()) {
        for (int i = 1; i <= 3; i++) {
          Tensor value = Tensor.of("value", List.of(1L), i);
          Sequence place = new Sequence(42, i == 1, i == 3); // id, first, last
          answers.add(
              stream.send(new InferRequest("accumulator", List.of(value), Optional.of(place))));
        }
        for (CompletableFuture<InferResult> answer : answers) {
          out.println(stream.await(answer).output("sum").toInts()[0]);
        }
      }
    }
    // README ends
  }
}
