package dev.bookend.triton;

import java.util.regex.Pattern;

/**
 * A call that failed. Its message is one line that names the endpoint. The client puts no tensor's
 * content into it, but the quoted text of a server may contain some.
 */
public final class TritonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Control characters, and those that turn the direction of writing. */
  private static final Pattern HIDDEN =
      Pattern.compile("[\\p{Cntrl}\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u206f]");

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
   * @param message one line; control characters, which a server's words may hold and a terminal
   *     would obey, are written as in <code>&#92;u001b</code>
   * @param cause what led to it; may be null
   */
  public TritonException(Kind kind, String message, Throwable cause) {
    super(visible(message), cause);
    this.kind = kind;
  }

  private static String visible(String message) {
    return HIDDEN
        .matcher(message)
        .replaceAll(hidden -> String.format("\\\\u%04x", (int) hidden.group().charAt(0)));
  }

  /** What kind of failure this is. */
  public Kind kind() {
    return kind;
  }
}
