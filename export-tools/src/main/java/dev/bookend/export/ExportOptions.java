package dev.bookend.export;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.runtime.Step;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How the middle is exported. {@link #DEFAULT} suits a server with ONNX Runtime; the {@code with}
 * methods change one thing.
 *
 * @param backend what computes inside Triton
 * @param precision type of weights, KV cache and hidden states
 * @param int8Weights whether matrices are stored as INT8 with a scale for each row, a quarter of
 *     FP32, and turned into {@code precision} when they are used; the tokens are then not always
 *     those of the whole model. {@link Precision#INT8} has such matrices without this
 * @param maxTokensPerStep most new tokens that a step may have; bounds the memory of the attention
 *     scores, heads x this x slots numbers
 * @param maxContext most positions of a session; empty: as many as the model was made for
 * @param maxSessions how many sessions the server keeps at a time; one more waits. Each takes the
 *     memory of its KV cache, and twice that with implicit state
 * @param name what the model is called on the server; empty: {@code middle-FROM-TO}
 */
public record ExportOptions(
    Backend backend,
    Precision precision,
    boolean int8Weights,
    int maxTokensPerStep,
    OptionalInt maxContext,
    int maxSessions,
    Optional<String> name) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  public static final ExportOptions DEFAULT =
      new ExportOptions(
          Backend.ONNXRUNTIME,
          Precision.FP32,
          false,
          256,
          OptionalInt.empty(),
          16,
          Optional.empty());

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if a limit is not positive, the name is not fit for a
   *     directory, or the backend has no integer layers
   */
  public ExportOptions {
    requirePositive("tokens per step", maxTokensPerStep);
    requirePositive("sessions", maxSessions);
    if (precision == Precision.INT8 && backend == Backend.TENSORRT) {
      throw new IllegalArgumentException(
          "integer layers run on CPUs, which the backend tensorrt does not; the backends"
              + " onnxruntime and python have them");
    }
    maxContext.ifPresent(context -> requirePositive("positions of a session", context));
    name.filter(text -> !NAME.matcher(text).matches())
        .ifPresent(
            text -> {
              throw new IllegalArgumentException(
                  "'"
                      + text
                      + "' is not a valid model name; use letters, digits, '.', '_' and '-', the first of"
                      + " them a letter or digit");
            });
  }

  /**
   * Returns these options if they fit the model.
   *
   * @throws BookendException of code {@link ErrorCode#EXPORT_DOES_NOT_FIT} if the model was not
   *     made for so long a context
   */
  public ExportOptions requireFits(ModelConfig config) {
    if (maxContext.orElse(0) > config.contextLength()) {
      throw new BookendException(
          ErrorCode.EXPORT_DOES_NOT_FIT,
          "a context of "
              + maxContext.getAsInt()
              + " is longer than the "
              + config.contextLength()
              + " that the model was made for");
    }
    return this;
  }

  /** Whether matrices are written as INT8. */
  boolean hasInt8Matrices() {
    return int8Weights || precision == Precision.INT8;
  }

  /** What an export says of its weights and arithmetic, as docs/protocol.md has it. */
  String statedPrecision() {
    return (int8Weights && precision != Precision.INT8 ? "int8/" : "") + precision;
  }

  private static void requirePositive(String what, int number) {
    if (number <= 0) {
      throw new IllegalArgumentException("the most " + what + " must be at least 1, not " + number);
    }
  }

  /**
   * Most slots that a session may need of such a model: one for each position, and one for each
   * draft token of a step.
   */
  int maxSlots(ModelConfig config) {
    return Step.capacityFor(Math.addExact(maxContext(config), tokensPerStep(config)));
  }

  /** Most new tokens of a step; no more than positions. */
  int tokensPerStep(ModelConfig config) {
    return Math.min(maxTokensPerStep, maxContext(config));
  }

  /** Most positions of a session of such a model. */
  int maxContext(ModelConfig config) {
    return maxContext.orElse(config.contextLength());
  }

  public ExportOptions withBackend(Backend other) {
    return new ExportOptions(
        other, precision, int8Weights, maxTokensPerStep, maxContext, maxSessions, name);
  }

  public ExportOptions withPrecision(Precision other) {
    return new ExportOptions(
        backend, other, int8Weights, maxTokensPerStep, maxContext, maxSessions, name);
  }

  public ExportOptions withInt8Weights(boolean int8) {
    return new ExportOptions(
        backend, precision, int8, maxTokensPerStep, maxContext, maxSessions, name);
  }

  public ExportOptions withMaxTokensPerStep(int tokens) {
    return new ExportOptions(
        backend, precision, int8Weights, tokens, maxContext, maxSessions, name);
  }

  public ExportOptions withMaxContext(int positions) {
    return new ExportOptions(
        backend,
        precision,
        int8Weights,
        maxTokensPerStep,
        OptionalInt.of(positions),
        maxSessions,
        name);
  }

  public ExportOptions withMaxSessions(int sessions) {
    return new ExportOptions(
        backend, precision, int8Weights, maxTokensPerStep, maxContext, sessions, name);
  }

  public ExportOptions withName(String other) {
    return new ExportOptions(
        backend,
        precision,
        int8Weights,
        maxTokensPerStep,
        maxContext,
        maxSessions,
        Optional.of(other));
  }
}
