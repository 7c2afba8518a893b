package dev.bookend.remote;

import ai.djl.ndarray.types.DataType;
import dev.bookend.model.contract.Contract;
import dev.bookend.triton.ModelConfiguration;
import dev.bookend.triton.TensorMetadata;
import dev.bookend.triton.TensorType;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A middle as its server states it in the model's configuration.
 *
 * @param model its name on the server
 * @param halfPrecision whether hidden states travel as FP16 rather than FP32
 * @param precision of its weights and of its arithmetic; empty: it states none
 * @param maxTokensPerStep most new tokens in one step: as many as it states, but no more than the
 *     edge would put into one
 * @param maxContext most tokens of a session
 * @param tappedLayer the layer whose input it puts out for who asks for it; empty: none
 */
public record ServedMiddle(
    String model,
    boolean halfPrecision,
    Optional<String> precision,
    int maxTokensPerStep,
    int maxContext,
    OptionalInt tappedLayer) {
  private static final int DEFAULT_TOKENS_PER_STEP = 256;

  // The edge's own layers run the same steps, and their attention scores take heads x T x C floats:
  // a gigabyte for 32 heads and 8,192 slots. Whatever a server states, this is enough.
  private static final int MOST_TOKENS_PER_STEP = 1024;

  private static final int SLACK_BYTES = 1 << 20;
  private static final Pattern PRECISION = Pattern.compile("[a-z0-9_/.-]{1,32}");

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
        Optional.ofNullable(config.parameters().get(Contract.PRECISION))
            .filter(text -> PRECISION.matcher(text).matches()),
        Math.min(
            MOST_TOKENS_PER_STEP,
            limit(server, config, Contract.MAX_TOKENS_PER_STEP, DEFAULT_TOKENS_PER_STEP)),
        limit(server, config, Contract.MAX_CONTEXT, Integer.MAX_VALUE),
        config.parameters().containsKey(Contract.TAPPED_LAYER)
            ? OptionalInt.of(limit(server, config, Contract.TAPPED_LAYER, 0))
            : OptionalInt.empty());
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

  /**
   * The precision in a few words: what is stated and, where it differs, how hidden states travel.
   */
  public String arithmetic() {
    String travels = halfPrecision ? "fp16" : "fp32";
    String stated = precision.orElse("unstated precision");
    return stated.endsWith(travels) ? stated : stated + " with hidden states in " + travels;
  }

  /**
   * The size of the largest message with an answer, in bytes: a step's hidden states, and what a
   * server may say around them.
   *
   * @param hiddenSize width of the hidden states, H
   */
  public int largestAnswer(int hiddenSize) {
    long outputs = tappedLayer.isPresent() ? 2 : 1;
    long states = outputs * maxTokensPerStep * hiddenSize * Float.BYTES;
    return (int) Math.min(Integer.MAX_VALUE, states + SLACK_BYTES);
  }

  /** Element type in which hidden states travel, as DJL names it. */
  public DataType wireType() {
    return halfPrecision ? DataType.FLOAT16 : DataType.FLOAT32;
  }
}
