package dev.bookend.remote;

/** Edge and cloud are not halves of the same model; the message says what differs. */
public final class DisagreementException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DisagreementException(String message) {
    super(message);
  }
}
