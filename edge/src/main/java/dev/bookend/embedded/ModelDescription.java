package dev.bookend.embedded;

import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInput;
import dev.bookend.triton.proto.ModelMetadataResponse;
import dev.bookend.triton.proto.ModelMetadataResponse.TensorMetadata;
import dev.bookend.triton.proto.ModelOutput;
import dev.bookend.triton.proto.ModelParameter;
import dev.bookend.triton.proto.ModelSequenceBatching;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The embedded cloud's model configuration and metadata, as Triton has them for an exported model.
 */
final class ModelDescription {
  static final String VERSION = "1";

  private ModelDescription() {}

  static ModelConfig config(
      Contract contract,
      WeightType type,
      int maxTokensPerStep,
      int maxContext,
      EmbeddedCloud.Limits limits) {
    ModelConfig.Builder config =
        ModelConfig.newBuilder()
            .setName("middle-" + contract.from() + "-" + contract.to())
            .setPlatform("bookend_embedded")
            .addInput(input(Contract.HIDDEN, DataType.TYPE_FP32, -1, contract.hiddenSize()))
            .addInput(input(Contract.POSITIONS, DataType.TYPE_INT32, -1))
            .addInput(input(Contract.SLOTS, DataType.TYPE_INT32, -1))
            .addInput(input(Contract.CACHED, DataType.TYPE_BOOL, -1))
            .addInput(input(Contract.TREE, DataType.TYPE_BOOL, -1, -1))
            .addOutput(
                ModelOutput.newBuilder()
                    .setName(Contract.HIDDEN_OUT)
                    .setDataType(DataType.TYPE_FP32)
                    .addDims(-1)
                    .addDims(contract.hiddenSize()))
            .setSequenceBatching(
                ModelSequenceBatching.newBuilder()
                    .setMaxSequenceIdleMicroseconds(
                        TimeUnit.NANOSECONDS.toMicros(limits.maxSequenceIdle().toNanos()))
                    .setOldest(
                        ModelSequenceBatching.StrategyOldest.newBuilder()
                            .setMaxCandidateSequences(limits.maxCandidateSequences())));
    contract
        .tappedLayer()
        .ifPresent(
            layer -> {
              config.addOutput(
                  ModelOutput.newBuilder()
                      .setName(Contract.TAPS)
                      .setDataType(DataType.TYPE_FP32)
                      .addDims(-1)
                      .addDims(contract.hiddenSize()));
              config.putParameters(Contract.TAPPED_LAYER, parameter(Integer.toString(layer)));
            });
    contract.toParameters().forEach((key, value) -> config.putParameters(key, parameter(value)));
    config.putParameters(
        Contract.MAX_TOKENS_PER_STEP, parameter(Integer.toString(maxTokensPerStep)));
    config.putParameters(Contract.MAX_CONTEXT, parameter(Integer.toString(maxContext)));
    config.putParameters(Contract.PRECISION, parameter(precision(type)));
    return config.build();
  }

  /** The type as exports state it. */
  private static String precision(WeightType type) {
    return switch (type) {
      case F32 -> "fp32";
      case F16 -> "fp16";
      case BF16 -> "bf16";
      case INT8 -> "int8";
    };
  }

  static ModelMetadataResponse metadata(ModelConfig config) {
    ModelMetadataResponse.Builder metadata =
        ModelMetadataResponse.newBuilder()
            .setName(config.getName())
            .addVersions(VERSION)
            .setPlatform(config.getPlatform());
    for (ModelInput input : config.getInputList()) {
      metadata.addInputs(tensor(input.getName(), input.getDataType(), input.getDimsList()));
    }
    for (ModelOutput output : config.getOutputList()) {
      metadata.addOutputs(tensor(output.getName(), output.getDataType(), output.getDimsList()));
    }
    return metadata.build();
  }

  /** The name of a type in requests and metadata, e.g. {@code FP32}. */
  static String name(DataType type) {
    return type.name().substring("TYPE_".length());
  }

  private static ModelParameter parameter(String value) {
    return ModelParameter.newBuilder().setStringValue(value).build();
  }

  private static ModelInput input(String name, DataType type, long... dims) {
    ModelInput.Builder input = ModelInput.newBuilder().setName(name).setDataType(type);
    for (long dimension : dims) {
      input.addDims(dimension);
    }
    return input.build();
  }

  private static TensorMetadata tensor(String name, DataType type, List<Long> dims) {
    return TensorMetadata.newBuilder()
        .setName(name)
        .setDatatype(name(type))
        .addAllShape(dims)
        .build();
  }
}
