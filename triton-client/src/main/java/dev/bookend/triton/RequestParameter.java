package dev.bookend.triton;

/**
 * The value of a request's parameter (InferParameter of KServe v2). Servers tell the types apart:
 * Triton takes {@code timeout}, in microseconds, as {@link Int64}, and {@code priority} as {@link
 * Uint64}.
 */
public sealed interface RequestParameter {
  /** A truth value. */
  record Bool(boolean value) implements RequestParameter {}

  /** A signed integer. */
  record Int64(long value) implements RequestParameter {}

  /**
   * An unsigned integer.
   *
   * @param value its 64 bits, as of {@link Long#toUnsignedString(long)}
   */
  record Uint64(long value) implements RequestParameter {}

  /** A floating-point number. */
  record Fp64(double value) implements RequestParameter {}

  /** A string. */
  record Text(String value) implements RequestParameter {}
}
