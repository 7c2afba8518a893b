package dev.bookend.remote;

import ai.djl.ndarray.types.DataType;
import dev.bookend.model.contract.Contract;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.TensorMetadata;
import dev.bookend.triton.TensorType;

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
   * @param server its name in messages
   * @throws DisagreementException if it states what no edge can use
   */
  public static ServedMiddle of(String server, ModelConfiguration config) {
    String type =
        config.inputs().stream()
            .filter(input -> input.name().equals(Contract.HIDDEN))
            .map(TensorMetadata::datatype)
            .findFirst()
            .orElse("INVALID");
    boolean halfPrecision = type.equals(TensorType.FP16.name());
    if (!halfPrecision && !type.equals(TensorType.FP32.name())) {
      throw new DisagreementException(
          server
              + ": model '"
              + config.name()
              + "' takes "
              + Contract.HIDDEN
              + " as "
              + type
              + ", not as FP32 or FP16");
    }
    return new ServedMiddle(
        config.name(),
        halfPrecision,
        limit(server, config, Contract.MAX_TOKENS_PER_STEP, DEFAULT_TOKENS_PER_STEP),
        limit(server, config, Contract.MAX_CONTEXT, Integer.MAX_VALUE));
  }

  private static int limit(String server, ModelConfiguration config, String key, int missing) {
    String text = config.parameters().getOrDefault(key, Integer.toString(missing));
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // The exception below says it.
    }
    throw new DisagreementException(
        server
            + ": model '"
            + config.name()
            + "' states "
            + key
            + " as '"
            + text
            + "', which is not a positive number");
  }

  /** Element type in which hidden states travel, as DJL names it. */
  public DataType wireType() {
    return halfPrecision ? DataType.FLOAT16 : DataType.FLOAT32;
  }
}
