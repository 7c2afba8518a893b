package dev.bookend.triton;

import dev.bookend.triton.TritonException.Kind;
import io.grpc.Status;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** Maps gRPC statuses and Triton's error texts to {@link TritonException}. */
final class Errors {
  private Errors() {}

  static TritonException of(Endpoint endpoint, Throwable failure) {
    if (failure instanceof TritonException known) {
      return known;
    }
    Status status = Status.fromThrowable(failure);
    Kind kind = kind(status, failure);
    return new TritonException(kind, endpoint + ": " + text(kind, status, failure), failure);
  }

  /** An error that a stream reports in a message rather than as a status. */
  static TritonException ofMessage(Endpoint endpoint, String message) {
    return new TritonException(
        kindOf(message, Kind.FAILED), endpoint + ": " + oneLine(message), null);
  }

  private static Kind kind(Status status, Throwable failure) {
    if (sslCause(failure) != null) {
      return Kind.REFUSED;
    }
    String text = status.getDescription() == null ? "" : status.getDescription();
    return switch (status.getCode()) {
      case UNAVAILABLE -> kindOf(text, Kind.UNREACHABLE);
      case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.REFUSED;
      case DEADLINE_EXCEEDED -> Kind.DEADLINE;
      case NOT_FOUND -> Kind.MODEL_UNAVAILABLE;
      case RESOURCE_EXHAUSTED -> Kind.EXHAUSTED;
      // A server that goes down resets its calls; this side's own cancelling is CANCELLED before it
      // gets here, but for an interrupted wait.
      case CANCELLED ->
          status.getCause() instanceof InterruptedException ? Kind.CANCELLED : Kind.UNREACHABLE;
      case INVALID_ARGUMENT -> kindOf(text, Kind.INVALID_REQUEST);
      default -> kindOf(text, Kind.FAILED);
    };
  }

  private static Kind kindOf(String message, Kind otherwise) {
    String text = message.toLowerCase(Locale.ROOT);
    if (text.contains("must specify the start flag")) {
      return Kind.SEQUENCE_LOST;
    }
    if (text.contains("unknown model") || text.contains("is not ready")) {
      return Kind.MODEL_UNAVAILABLE;
    }
    if (text.contains("unexpected shape")
        || text.contains("unexpected datatype")
        || text.contains("unexpected inference input")) {
      return Kind.INVALID_REQUEST;
    }
    return otherwise;
  }

  private static String text(Kind kind, Status status, Throwable failure) {
    String detail = oneLine(status.getDescription() == null ? "" : status.getDescription());
    Throwable ssl = sslCause(failure);
    return switch (kind) {
      case UNREACHABLE -> "cannot be reached (" + reason(status, detail) + ")";
      case REFUSED ->
          ssl == null
              ? "refused the caller: " + detail
              : "TLS handshake failed: " + oneLine(String.valueOf(ssl.getMessage()));
      case DEADLINE -> "no answer in time; the server may be overloaded or out of free sequences";
      case CANCELLED -> "cancelled";
      default -> detail.isEmpty() ? status.getCode().toString() : detail;
    };
  }

  private static String reason(Status status, String detail) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null || cause.getMessage() == null ? detail : oneLine(cause.getMessage());
  }

  private static SSLException sslCause(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException ssl) {
        return ssl;
      }
    }
    return null;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
