package dev.bookend.remote;

import dev.bookend.model.contract.Contract;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.proto.DataType;
import dev.bookend.triton.proto.ModelConfig;
import dev.bookend.triton.proto.ModelInput;
import java.util.HashMap;
import java.util.Map;

/**
 * A middle as its server states it in the model's configuration.
 *
 * @param model its name on the server
 * @param halfPrecision whether hidden states travel as FP16 rather than FP32
 * @param maxTokensPerStep most new tokens in one step
 * @param maxContext most tokens of a session
 */
public record ServedMiddle(
    String model, boolean halfPrecision, int maxTokensPerStep, int maxContext) {
  private static final int DEFAULT_TOKENS_PER_STEP = 256;

  /**
   * Reads a model's configuration.
   *
   * @throws DisagreementException if it states what no edge can use
   */
  public static ServedMiddle of(Endpoint endpoint, ModelConfig config) {
    DataType type =
        config.getInputList().stream()
            .filter(input -> input.getName().equals(Contract.HIDDEN))
            .map(ModelInput::getDataType)
            .findFirst()
            .orElse(DataType.TYPE_INVALID);
    if (type != DataType.TYPE_FP32 && type != DataType.TYPE_FP16) {
      throw new DisagreementException(
          endpoint
              + ": model '"
              + config.getName()
              + "' takes "
              + Contract.HIDDEN
              + " as "
              + type
              + ", not as FP32 or FP16");
    }
    return new ServedMiddle(
        config.getName(),
        type == DataType.TYPE_FP16,
        limit(endpoint, config, Contract.MAX_TOKENS_PER_STEP, DEFAULT_TOKENS_PER_STEP),
        limit(endpoint, config, Contract.MAX_CONTEXT, Integer.MAX_VALUE));
  }

  /** The parameters that a model's configuration states, with their values as text. */
  public static Map<String, String> parameters(ModelConfig config) {
    Map<String, String> parameters = new HashMap<>();
    config.getParametersMap().forEach((key, value) -> parameters.put(key, value.getStringValue()));
    return parameters;
  }

  private static int limit(Endpoint endpoint, ModelConfig config, String key, int missing) {
    String text = parameters(config).getOrDefault(key, Integer.toString(missing));
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // The exception below says it.
    }
    throw new DisagreementException(
        endpoint
            + ": model '"
            + config.getName()
            + "' states "
            + key
            + " as '"
            + text
            + "', which is not a positive number");
  }

  /** Element type in which hidden states travel, as DJL names it. */
  public ai.djl.ndarray.types.DataType wireType() {
    return halfPrecision
        ? ai.djl.ndarray.types.DataType.FLOAT16
        : ai.djl.ndarray.types.DataType.FLOAT32;
  }
}
