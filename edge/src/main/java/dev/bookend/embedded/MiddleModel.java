package dev.bookend.embedded;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.protobuf.UnsafeByteOperations;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.Step;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInferRequest;
import dev.bookend.triton.proto.ModelInferResponse;
import java.nio.ByteBuffer;
import java.util.List;

/** The middle layers as a model of the embedded cloud. */
final class MiddleModel implements AutoCloseable {
  private final Decoder decoder;
  private final DecoderRange layers;
  private final ModelConfig config;
  private final int width;
  private final int maxTokensPerStep;
  private final int maxSlots;
  private final List<Integer> taps;

  MiddleModel(Decoder decoder, Contract contract, EmbeddedCloud.Limits limits) {
    int context = decoder.config().contextLength();
    this.decoder = decoder;
    this.layers = decoder.range(contract.from(), contract.to());
    this.maxTokensPerStep = limits.maxTokensPerStep();
    this.config =
        ModelDescription.config(contract, decoder.type(), maxTokensPerStep, context, limits);
    this.width = contract.hiddenSize();
    this.taps =
        contract.tappedLayer().stream().map(layer -> layer - contract.from()).boxed().toList();
    // Draft tokens take slots besides those of the context, and the edge rounds capacities up.
    this.maxSlots = Math.addExact(context, 2 * maxTokensPerStep);
  }

  String name() {
    return config.getName();
  }

  ModelConfig config() {
    return config;
  }

  KvCache newCache() {
    return layers.newCache();
  }

  /**
   * Runs one step.
   *
   * @throws IllegalArgumentException if the request's tensors do not fit the model or each other;
   *     the cache is then as before
   */
  ModelInferResponse run(ModelInferRequest request, KvCache cache) {
    RequestTensors tensors = RequestTensors.of(request, config);
    Step step =
        Step.of(
            tensors.content(Contract.POSITIONS),
            tensors.content(Contract.SLOTS),
            tensors.content(Contract.CACHED),
            tensors.content(Contract.TREE));
    ByteBuffer hidden = tensors.content(Contract.HIDDEN);
    require(Contract.HIDDEN, hidden.remaining() / (width * Float.BYTES), "==", step.tokens());
    require("new tokens", step.tokens(), "<=", maxTokensPerStep);
    require(Contract.CACHED, step.capacity(), "<=", maxSlots);
    require("cached in the step before", cache.capacity(), "<=", step.capacity());
    try (NDManager scope = decoder.newScope()) {
      NDArray states = scope.create(hidden, new Shape(step.tokens(), width), DataType.FLOAT32);
      // Who does not name the taps does not pay for them.
      boolean isTapped =
          request.getOutputsList().stream()
              .anyMatch(output -> output.getName().equals(Contract.TAPS));
      DecoderRange.Tapped all = layers.forward(states, step, cache, isTapped ? taps : List.of());
      ModelInferResponse.Builder response =
          ModelInferResponse.newBuilder()
              .setModelName(name())
              .setModelVersion(ModelDescription.VERSION)
              .setId(request.getId());
      add(response, Contract.HIDDEN_OUT, step, all.output());
      all.inputs().forEach(input -> add(response, Contract.TAPS, step, input));
      return response.build();
    }
  }

  private void add(ModelInferResponse.Builder response, String name, Step step, NDArray rows) {
    response
        .addOutputs(
            ModelInferResponse.InferOutputTensor.newBuilder()
                .setName(name)
                .setDatatype("FP32")
                .addShape(step.tokens())
                .addShape(width))
        .addRawOutputContents(UnsafeByteOperations.unsafeWrap(rows.toByteBuffer()));
  }

  private static void require(String what, int size, String relation, int bound) {
    if (size > bound || (relation.equals("==") && size != bound)) {
      throw new IllegalArgumentException(
          "'" + what + "' is of size " + size + ", but must be " + relation + " " + bound);
    }
  }

  @Override
  public void close() {
    layers.close();
  }
}
