package dev.bookend.remote;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.triton.TritonException;
import java.util.function.Supplier;

/** The cloud half of a model is out of reach, refuses, fails, or is another one than is needed. */
public sealed class CloudException extends BookendException permits DisagreementException {
  private static final long serialVersionUID = 1;

  public CloudException(ErrorCode code, String message) {
    super(code, message);
  }

  private CloudException(ErrorCode code, TritonException cause) {
    super(code, cause.getMessage(), cause);
  }

  /** What the Triton client reports, as a user of Bookend meets it. */
  public static CloudException of(TritonException failure) {
    ErrorCode code =
        switch (failure.kind()) {
          case UNREACHABLE, BROKEN -> ErrorCode.CLOUD_UNREACHABLE;
          case REFUSED -> ErrorCode.CLOUD_REFUSED;
          case DEADLINE -> ErrorCode.CLOUD_TIMEOUT;
          case SEQUENCE_LOST -> ErrorCode.CLOUD_SESSION_LOST;
          case MODEL_UNAVAILABLE -> ErrorCode.CLOUD_MIDDLE_UNAVAILABLE;
          case EXHAUSTED -> ErrorCode.CLOUD_EXHAUSTED;
          case INVALID_REQUEST, FAILED -> ErrorCode.CLOUD_FAILED;
          case CANCELLED -> ErrorCode.CANCELLED;
        };
    return new CloudException(code, failure);
  }

  /**
   * Calls the Triton client on behalf of a user of Bookend.
   *
   * @throws CloudException where the call throws a {@link TritonException}
   */
  public static <T> T crossing(Supplier<T> call) {
    try {
      return call.get();
    } catch (TritonException e) {
      throw of(e);
    }
  }
}
