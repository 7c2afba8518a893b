package dev.bookend.triton;

import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelSequenceBatching;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a model is configured on the server (ModelConfig of Triton's model configuration extension,
 * which is the model's {@code config.pbtxt} completed by the server). The fields that this record
 * lacks are not read.
 *
 * @param name the model's name
 * @param platform the framework of the model, for example {@code ensemble}; may be empty where a
 *     backend is given
 * @param backend the backend that runs the model, for example {@code onnxruntime} or {@code
 *     python}; may be empty where a platform is given
 * @param maxBatchSize the largest batch; 0 where the model's tensors have no batch dimension
 * @param inputs the inputs; their datatypes have the names that requests use ({@code FP32}, and
 *     {@code BYTES} for {@code TYPE_STRING}), and their shapes lack the batch dimension
 * @param outputs the outputs, described like the inputs
 * @param sequenceBatching how sequences are scheduled; empty for a model without sequences
 * @param parameters the string values of the model's own parameters, by name
 */
public record ModelConfiguration(
    String name,
    String platform,
    String backend,
    int maxBatchSize,
    List<TensorMetadata> inputs,
    List<TensorMetadata> outputs,
    Optional<SequenceBatching> sequenceBatching,
    Map<String, String> parameters) {
  public ModelConfiguration {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    parameters = Map.copyOf(parameters);
  }

  /**
   * How a stateful model's sequences are scheduled (ModelSequenceBatching).
   *
   * @param maxSequenceIdleMicroseconds how long a sequence is kept without a request, in
   *     microseconds; 0 for the server's default, which is one second
   * @param oldest the settings of the strategy {@code oldest}; empty for {@code direct}
   */
  public record SequenceBatching(long maxSequenceIdleMicroseconds, Optional<Oldest> oldest) {}

  /**
   * The strategy that serves the oldest sequences first.
   *
   * @param maxCandidateSequences how many sequences each instance of the model serves at a time,
   *     while others wait; 0 for the server's default: {@code maxBatchSize}, but at least one
   */
  public record Oldest(int maxCandidateSequences) {}

  static ModelConfiguration of(ModelConfig message) {
    Map<String, String> parameters = new HashMap<>();
    message.getParametersMap().forEach((key, value) -> parameters.put(key, value.getStringValue()));
    return new ModelConfiguration(
        message.getName(),
        message.getPlatform(),
        message.getBackend(),
        message.getMaxBatchSize(),
        message.getInputList().stream()
            .map(input -> tensor(input.getName(), input.getDataType(), input.getDimsList()))
            .toList(),
        message.getOutputList().stream()
            .map(output -> tensor(output.getName(), output.getDataType(), output.getDimsList()))
            .toList(),
        message.hasSequenceBatching()
            ? Optional.of(batching(message.getSequenceBatching()))
            : Optional.empty(),
        parameters);
  }

  private static SequenceBatching batching(ModelSequenceBatching message) {
    return new SequenceBatching(
        message.getMaxSequenceIdleMicroseconds(),
        message.hasOldest()
            ? Optional.of(new Oldest(message.getOldest().getMaxCandidateSequences()))
            : Optional.empty());
  }

  private static TensorMetadata tensor(String name, DataType type, List<Long> dims) {
    String datatype =
        type == DataType.TYPE_STRING ? TensorType.BYTES.name() : type.name().replace("TYPE_", "");
    return new TensorMetadata(name, datatype, dims);
  }
}
