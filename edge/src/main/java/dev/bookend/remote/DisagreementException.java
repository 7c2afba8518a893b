package dev.bookend.remote;

import dev.bookend.error.ErrorCode;

/** Edge and cloud are not halves of the same model; the message says what differs. */
public final class DisagreementException extends CloudException {
  private static final long serialVersionUID = 1;

  DisagreementException(String message) {
    super(ErrorCode.CLOUD_DISAGREES, message);
  }
}
