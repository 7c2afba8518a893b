package dev.bookend.triton;

/**
 * A call that failed. Its message is one line that names the endpoint. The client puts no tensor's
 * content into it, but the quoted text of a server may contain some.
 */
public final class TritonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What a caller can do about it. */
  public enum Kind {
    /** There is no connection, or it broke: check address and network, and call again. */
    UNREACHABLE,
    /** TLS or authentication failed: check certificates and tokens. */
    REFUSED,
    /**
     * The call or stream was broken off, by the server or on the way to it, or what came cannot be
     * read: call again.
     */
    BROKEN,
    /** The connected server gave no answer in time. */
    DEADLINE,
    /** The server does not know the sequence, or no longer: start it again. */
    SEQUENCE_LOST,
    /** The server has no such model, or the model is not ready. */
    MODEL_UNAVAILABLE,
    /** The request does not fit the model. */
    INVALID_REQUEST,
    /** The server has no room for the request, or a message is too large. */
    EXHAUSTED,
    /** This side cancelled the call, closed the connection or was interrupted. */
    CANCELLED,
    /** Any other failure: read the message. */
    FAILED
  }

  private final Kind kind;

  /**
   * A failure.
   *
   * @param message one line
   * @param cause what led to it; may be null
   */
  public TritonException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What kind of failure this is. */
  public Kind kind() {
    return kind;
  }
}
