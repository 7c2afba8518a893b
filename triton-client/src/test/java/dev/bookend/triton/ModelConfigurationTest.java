package dev.bookend.triton;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.triton.ModelConfiguration.Oldest;
import dev.bookend.triton.ModelConfiguration.SequenceBatching;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInput;
import dev.bookend.triton.proto.ModelParameter;
import dev.bookend.triton.proto.ModelSequenceBatching;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelConfigurationTest {
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"TYPE_INVALID", "UNRECOGNIZED"})
  void everyDatatypeHasTheNameThatRequestsUse(DataType type) {
    ModelConfig message =
        ModelConfig.newBuilder().addInput(ModelInput.newBuilder().setDataType(type)).build();
    String name = ModelConfiguration.of(message).inputs().get(0).datatype();
    assertEquals(
        type == DataType.TYPE_STRING ? "TYPE_BYTES" : type.name(),
        "TYPE_" + TensorType.valueOf(name));
  }

  @Test
  void configurationHasWhatTheMessageSays() {
    ModelConfig.Builder message =
        ModelConfig.newBuilder()
            .setName("m")
            .setPlatform("p")
            .setBackend("b")
            .setMaxBatchSize(4)
            .addInput(
                ModelInput.newBuilder().setName("x").setDataType(DataType.TYPE_FP16).addDims(-1))
            .putParameters("key", ModelParameter.newBuilder().setStringValue("value").build());
    TensorMetadata input = new TensorMetadata("x", "FP16", List.of(-1L));
    assertEquals(
        new ModelConfiguration(
            "m", "p", "b", 4, List.of(input), List.of(), Optional.empty(), Map.of("key", "value")),
        ModelConfiguration.of(message.build()));

    ModelSequenceBatching.Builder batching =
        message.getSequenceBatchingBuilder().setMaxSequenceIdleMicroseconds(5);
    batching.getDirectBuilder();
    assertEquals(
        Optional.of(new SequenceBatching(5, Optional.empty())),
        ModelConfiguration.of(message.build()).sequenceBatching());
    batching.getOldestBuilder().setMaxCandidateSequences(7);
    assertEquals(
        Optional.of(new SequenceBatching(5, Optional.of(new Oldest(7)))),
        ModelConfiguration.of(message.build()).sequenceBatching());
  }
}
