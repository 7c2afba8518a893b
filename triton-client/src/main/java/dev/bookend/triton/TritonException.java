package dev.bookend.triton;

/**
 * A call that failed. The message is one line and names the endpoint. It holds no tensor's content,
 * unless the server's own text does, which is quoted.
 */
public final class TritonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What a caller can do about it. */
  public enum Kind {
    /** No connection, or it broke: check address and network, then connect again. */
    UNREACHABLE,
    /** TLS or authentication failed: check certificates and tokens. */
    REFUSED,
    /** No answer in time. */
    DEADLINE,
    /** The server does not know the sequence (any more): start it again. */
    SEQUENCE_LOST,
    /** No such model, or it is not ready. */
    MODEL_UNAVAILABLE,
    /** The server found the request wrong. */
    INVALID_REQUEST,
    /** The server has no room, or the message is too large. */
    EXHAUSTED,
    /** This side cancelled. */
    CANCELLED,
    /** Anything else. */
    FAILED
  }

  private final Kind kind;

  public TritonException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
