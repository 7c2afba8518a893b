package dev.bookend.server.http;

import dev.bookend.error.BookendException;
import java.io.Serial;
import java.util.Optional;
import java.util.OptionalInt;

/** A request that is answered with an error. Its message never holds any of a prompt. */
public final class ApiException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final int status;
  private final String type;
  private final String code;
  private final String parameter;
  private final int retryAfterSeconds;

  private ApiException(
      int status,
      String type,
      String code,
      String parameter,
      int retryAfterSeconds,
      String message,
      Throwable cause) {
    super(message, cause);
    this.status = status;
    this.type = type;
    this.code = code;
    this.parameter = parameter;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  private static ApiException of(int status, String type, String code, String message) {
    return new ApiException(status, type, code, null, 0, message, null);
  }

  /** A parameter is missing, wrong, or of a kind that is not honoured. */
  public static ApiException parameter(String name, String message) {
    return new ApiException(
        400, "invalid_request_error", "invalid_value", name, 0, name + ": " + message, null);
  }

  /** A request that cannot be read at all. */
  public static ApiException malformed(String message) {
    return of(400, "invalid_request_error", "invalid_request", message);
  }

  /** A parameter that this server does not know or honour. */
  public static ApiException unsupported(String name, String message) {
    return new ApiException(
        400,
        "invalid_request_error",
        "unsupported_parameter",
        name,
        0,
        name + ": " + message,
        null);
  }

  /** Nobody says who asks, or somebody who may not. */
  public static ApiException unauthorized() {
    return of(
        401,
        "invalid_request_error",
        "invalid_api_key",
        "a valid API key is needed, as 'Authorization: Bearer KEY'");
  }

  /** A page of another site, or under another name, may not ask. */
  public static ApiException forbidden(String message) {
    return of(403, "invalid_request_error", "forbidden", message);
  }

  /** The server does not have that model. */
  public static ApiException noSuchModel(String message) {
    return new ApiException(
        404, "invalid_request_error", "model_not_found", "model", 0, message, null);
  }

  /** There is nothing at that path. */
  public static ApiException notFound(String path) {
    return of(404, "invalid_request_error", "not_found", "there is no " + path);
  }

  /** The path is there, but not for that method. */
  public static ApiException wrongMethod(String method, String path) {
    return of(
        405, "invalid_request_error", "method_not_allowed", method + " is not allowed for " + path);
  }

  /** The body is larger than any prompt that a model could take. */
  public static ApiException tooLarge(long most) {
    return of(
        413,
        "invalid_request_error",
        "request_too_large",
        "the body has more than " + most + " bytes");
  }

  /** The server is about to end. */
  public static ApiException stopping() {
    return new ApiException(
        503, "server_error", "stopping", null, 1, "the server is stopping", null);
  }

  /** The answer to what has gone wrong while a completion was made. */
  public static ApiException of(Throwable failure) {
    if (failure instanceof ApiException known) {
      return known;
    }
    if (failure instanceof BookendException known) {
      return ofKnown(known);
    }
    return new ApiException(
        500, "server_error", "internal_error", null, 0, "an unexpected failure", failure);
  }

  private static ApiException ofKnown(BookendException failure) {
    String message = failure.getMessage();
    return switch (failure.code()) {
      case CONTEXT_FULL -> of(400, "invalid_request_error", "context_length_exceeded", message);
      case TEMPLATE_REFUSED, TEMPLATE_UNSUPPORTED, NO_CHAT_TEMPLATE ->
          of(400, "invalid_request_error", "invalid_prompt", message);
      case TOO_MANY_REQUESTS ->
          new ApiException(429, "rate_limit_error", "queue_full", null, 2, message, failure);
      case CLOUD_UNREACHABLE,
          CLOUD_TIMEOUT,
          CLOUD_MIDDLE_UNAVAILABLE,
          CLOUD_SESSION_LOST,
          CLOUD_EXHAUSTED,
          CLOUD_FAILED,
          CLOUD_REFUSED,
          CLOUD_DISAGREES ->
          new ApiException(503, "server_error", "cloud_unavailable", null, 5, message, failure);
      case CANCELLED -> stopping();
      default -> new ApiException(500, "server_error", "internal_error", null, 0, message, failure);
    };
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The kind of error in OpenAI's API. */
  public String type() {
    return type;
  }

  /** A stable name of the error. */
  public String code() {
    return code;
  }

  /** The parameter that is wrong, if it is one. */
  public Optional<String> parameter() {
    return Optional.ofNullable(parameter);
  }

  /** After how many seconds it is worth trying again, if it is. */
  public OptionalInt retryAfterSeconds() {
    return retryAfterSeconds == 0 ? OptionalInt.empty() : OptionalInt.of(retryAfterSeconds);
  }
}
