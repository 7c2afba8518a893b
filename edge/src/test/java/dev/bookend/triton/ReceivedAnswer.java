package dev.bookend.triton;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.triton.proto.ModelConfigResponse;
import dev.bookend.triton.proto.ModelMetadataResponse;
import dev.bookend.triton.proto.ModelStatisticsResponse;
import dev.bookend.triton.proto.ModelStreamInferResponse;
import dev.bookend.triton.proto.RepositoryIndexResponse;
import java.util.Arrays;
import java.util.Map;

/**
 * A server's answer as it comes from the network. A message that cannot be parsed is gRPC's to
 * refuse, and one that contradicts itself becomes an error of the server's.
 */
public final class ReceivedAnswer {
  private static final Contract CONTRACT = new Contract("0123456789abcdef", 4, 1, 3, 24);

  private ReceivedAnswer() {}

  /**
   * Reads it as the client does.
   *
   * @param answer a byte that says to what it is, and the message
   */
  public static void read(byte[] answer) {
    if (answer.length > 0) {
      read(answer[0], Arrays.copyOfRange(answer, 1, answer.length));
    }
  }

  private static void read(byte to, byte[] message) {
    try {
      switch (to) {
        case 'c' -> config(ModelConfigResponse.parseFrom(message));
        case 'i' ->
            RepositoryIndexResponse.parseFrom(message).getModelsList().forEach(ModelIndexEntry::of);
        case 'm' -> ModelMetadata.of(ModelMetadataResponse.parseFrom(message));
        case 's' ->
            ModelStatisticsResponse.parseFrom(message)
                .getModelStatsList()
                .forEach(ModelStatistics::of);
        default -> step(ModelStreamInferResponse.parseFrom(message));
      }
    } catch (InvalidProtocolBufferException e) {
      // It never becomes an answer.
    }
  }

  private static void step(ModelStreamInferResponse message) {
    InferResult result;
    Tensor output;
    try {
      result = InferResult.of(message.getInferResponse());
      output = result.output(Contract.HIDDEN_OUT);
    } catch (IllegalArgumentException e) {
      return; // what the caller makes an error of
    }
    switch (output.type()) {
      case FP32 -> output.toFloats();
      case INT32 -> output.toInts();
      case BYTES -> output.toStrings();
      default -> output.content();
    }
  }

  private static void config(ModelConfigResponse message) {
    ModelConfiguration config = ModelConfiguration.of(message.getConfig());
    Map<String, String> parameters = config.parameters();
    CONTRACT.differences(parameters);
    if (Contract.isStatedIn(parameters)) {
      try {
        Contract.parse(parameters);
      } catch (IllegalArgumentException e) {
        // as it says
      }
    }
    ServedMiddle.of("server", config).arithmetic();
  }
}
