package dev.bookend.triton;

import dev.bookend.triton.TritonException.Kind;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;

/** Maps gRPC statuses and Triton's error texts to {@link TritonException}. */
final class Errors {
  private static final int LONGEST_TEXT = 1_000;
  // Triton begins its texts with the request's id, which this client chose and no caller knows.
  private static final String REQUEST_ID = "^\\[request id: [^]]*\\] ";
  private static final List<String> CLOSED =
      List.of("Network closed", "Connection reset", "Broken pipe");
  // How gRPC begins to show the first bytes where they are not HTTP/2.
  private static final String HEX_DUMP = "Hex dump for first 5 bytes: ";
  private static final String TLS_ALERT = "1503";
  private static final String HTTP_1 = "485454502f";
  private static final Map<String, String> REASONS =
      Map.of(
          "ALERT_CERTIFICATE_REQUIRED",
              "the server wants a client certificate, of an authority that it knows",
          "ALERT_CERTIFICATE_EXPIRED", "the server says that the client certificate has expired",
          "ALERT_CERTIFICATE_REVOKED", "the server says that the client certificate is revoked",
          "ALERT_UNKNOWN_CA", "the server does not know who has signed the client certificate",
          "ALERT_BAD_CERTIFICATE", "the server refuses the client certificate",
          "PROTOCOL_VERSION", "the server speaks no TLS version from 1.2 on",
          "not an SSL/TLS record",
              "the server speaks no TLS on this port; without it, write grpc://",
          "ALPN negotiation", "what is behind TLS on this port is no gRPC server",
          "performing TLS negotiation",
              "closed during the TLS handshake; is this the gRPC port, and does it speak TLS?");
  // Netty adds its inner life to some texts.
  private static final String PIPELINE = " Channel Pipeline: .*";
  // Parts of gRPC's own texts for what is wrong with HTTP/2 or with a message.
  private static final List<String> CARRIER =
      List.of(
          "RST_STREAM",
          "end-of-stream",
          "empty DATA frame",
          "http2",
          "protobuf",
          "decompressor",
          "HTTP status code");
  // Parts of Triton's texts for invalid requests. A call that fails so has the status
  // INVALID_ARGUMENT or INTERNAL, but an error on a stream consists of its text alone.
  private static final List<String> INVALID =
      List.of(
          "unexpected shape",
          "unexpected datatype",
          "unexpected inference input",
          "unexpected inference output",
          "data-type is",
          "inputs but got",
          "non-zero or non-empty correlation id");

  private final Endpoint endpoint;
  private final String name;
  private final Optional<Route> route;
  private final ManagedChannel channel;
  private final AtomicBoolean unavailable = new AtomicBoolean();
  private final AtomicBoolean late = new AtomicBoolean();
  private volatile boolean everReady;
  private volatile boolean closed;

  /**
   * @param name of the server, for messages
   */
  Errors(Endpoint endpoint, String name, Optional<Route> route, ManagedChannel channel) {
    this.endpoint = endpoint;
    this.name = name;
    this.route = route;
    this.channel = channel;
    awaitReady();
  }

  private void awaitReady() {
    ConnectivityState state = channel.getState(false);
    if (state == ConnectivityState.READY) {
      everReady = true;
    } else if (state != ConnectivityState.SHUTDOWN) {
      channel.notifyWhenStateChanged(state, this::awaitReady);
    }
  }

  /** Whether a call has found the server unavailable since the last call of this method. */
  boolean takeUnavailable() {
    return unavailable.getAndSet(false);
  }

  /** Whether an answer has not come in time since the last call of this method. */
  boolean takeLate() {
    return late.getAndSet(false);
  }

  /** From now on a failure is due to this side, which closes the connection. */
  void closing() {
    closed = true;
  }

  TritonException of(Kind kind, String message) {
    return new TritonException(kind, name + ": " + message, null);
  }

  TritonException of(Throwable failure) {
    return of(failure, Kind.FAILED);
  }

  /**
   * A status that has ended a stream. Errors of the model come in messages, so a status that says
   * nothing of what it is about comes from what carries the stream.
   *
   * @param used whether there were answers on the stream
   */
  TritonException ofStream(Throwable failure, boolean used) {
    Status.Code code = Status.fromThrowable(failure).getCode();
    boolean refusesStreams =
        code == Status.Code.UNIMPLEMENTED || code == Status.Code.INVALID_ARGUMENT;
    return of(failure, refusesStreams && !used ? Kind.FAILED : Kind.BROKEN);
  }

  private TritonException of(Throwable failure, Kind otherwise) {
    if (failure instanceof TritonException known) {
      return known;
    }
    Status status = Status.fromThrowable(failure);
    switch (status.getCode()) {
      case UNAVAILABLE -> unavailable.set(true);
      case DEADLINE_EXCEEDED -> late.set(true);
      default -> {}
    }
    Kind kind = kind(status, failure, otherwise);
    if (kind == Kind.UNREACHABLE || kind == Kind.BROKEN) {
      Optional<TritonException> reason = route.flatMap(Route::failure);
      if (reason.isPresent()) {
        return new TritonException(reason.get().kind(), reason.get().getMessage(), failure);
      }
    }
    return new TritonException(kind, name + ": " + text(kind, status, failure), failure);
  }

  /** An error that a stream reports in a message rather than as a status. */
  TritonException ofMessage(String message) {
    return of(kindOf(message, Kind.FAILED), oneLine(message));
  }

  TritonException malformed(IllegalArgumentException cause) {
    return new TritonException(
        Kind.FAILED, name + ": malformed answer: " + oneLine(cause.getMessage()), cause);
  }

  /** The deadline of a request on a stream has passed. */
  TritonException noAnswer() {
    late.set(true);
    Kind kind = tooLate();
    return of(kind, noAnswer(kind));
  }

  /** The kind of a missed deadline: without a connection the server has not had the request. */
  private Kind tooLate() {
    return switch (channel.getState(false)) {
      case CONNECTING, TRANSIENT_FAILURE -> Kind.UNREACHABLE;
      default -> Kind.DEADLINE;
    };
  }

  /**
   * @throws TritonException where the future failed, was cancelled or the thread interrupted
   */
  <T> T await(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw of(e.getCause());
    } catch (CancellationException e) {
      throw new TritonException(Kind.CANCELLED, name + ": cancelled", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TritonException(Kind.CANCELLED, name + ": interrupted", e);
    }
  }

  private Kind kind(Status status, Throwable failure, Kind otherwise) {
    if (closed || isInterruption(failure)) {
      return Kind.CANCELLED;
    }
    if (sslCause(failure) != null
        || firstBytes(failure, TLS_ALERT)
        || (endpoint.tls() && closedAtOnce(status))) {
      return Kind.REFUSED;
    }
    if (firstBytes(failure, "")) { // of another protocol
      return Kind.UNREACHABLE;
    }
    String text = status.getDescription() == null ? "" : status.getDescription();
    return switch (status.getCode()) {
      case UNAVAILABLE -> kindOf(text, Kind.UNREACHABLE);
      case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.REFUSED;
      case DEADLINE_EXCEEDED -> tooLate();
      case NOT_FOUND -> Kind.MODEL_UNAVAILABLE;
      case RESOURCE_EXHAUSTED -> Kind.EXHAUSTED;
      case INVALID_ARGUMENT ->
          kindOf(text, otherwise == Kind.BROKEN ? Kind.BROKEN : Kind.INVALID_REQUEST);
      // This side has not cancelled, so another has; or gRPC could not read what came. With
      // RST_STREAM a server has ended all of its streams.
      case CANCELLED -> text.contains("RST_STREAM") ? Kind.UNREACHABLE : Kind.BROKEN;
      case INTERNAL, UNKNOWN ->
          kindOf(text, CARRIER.stream().anyMatch(text::contains) ? Kind.BROKEN : otherwise);
      default -> kindOf(text, otherwise);
    };
  }

  /** Whether the thread that waited here was interrupted. */
  private static boolean isInterruption(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InterruptedException) {
        return true;
      }
    }
    return false;
  }

  private static Kind kindOf(String message, Kind otherwise) {
    String text = message.toLowerCase(Locale.ROOT);
    if (text.contains("must specify the start flag")) {
      return Kind.SEQUENCE_LOST;
    }
    if (text.contains("protocol is restricted")) {
      return Kind.REFUSED;
    }
    // The process of the python backend has died, for example because memory ran out. The model is
    // available again only when it is loaded anew.
    boolean stubDied = text.contains("stub process") && text.contains("healthy");
    // A server that has been told to end refuses new steps, also of sequences that it has.
    boolean stopping = text.contains("server is stopping") || text.contains("server not ready");
    if (stubDied || stopping || text.contains("unknown model") || text.contains("is not ready")) {
      return Kind.MODEL_UNAVAILABLE;
    }
    if (INVALID.stream().anyMatch(text::contains)) {
      return Kind.INVALID_REQUEST;
    }
    if (text.contains("maximum queue size")) {
      return Kind.EXHAUSTED;
    }
    if (text.contains("request timeout expired")) {
      return Kind.DEADLINE;
    }
    return otherwise;
  }

  private String text(Kind kind, Status status, Throwable failure) {
    String detail = oneLine(status.getDescription() == null ? "" : status.getDescription());
    return switch (kind) {
      case UNREACHABLE ->
          status.getCode() == Status.Code.DEADLINE_EXCEEDED
              ? noAnswer(kind)
              : firstBytes(failure, HTTP_1)
                  ? "this port speaks HTTP/1, not gRPC; Triton's gRPC port is 8001"
                  : firstBytes(failure, "")
                      ? "what answers on this port is no gRPC server; Triton's gRPC port is 8001"
                      : "cannot be reached ("
                          + inWords(reason(status, detail))
                          + (closedAtOnce(status)
                              ? "; is this the gRPC port? And if it speaks TLS, write grpcs://)"
                              : ")");
      case REFUSED -> {
        if (firstBytes(failure, TLS_ALERT)) {
          yield "the server speaks TLS; write grpcs://";
        }
        if (sslCause(failure) == null && closedAtOnce(status)) {
          yield "the server closed the connection during the TLS handshake; it may want a client"
              + " certificate, or another one";
        }
        yield sslCause(failure) == null
            ? "refused the caller: " + detail
            : "TLS handshake failed: " + inWords(reason(status, detail));
      }
      case DEADLINE -> noAnswer(kind);
      case BROKEN -> "broken off" + (detail.isEmpty() ? "" : " (" + detail + ")");
      case CANCELLED -> detail.isEmpty() ? "cancelled" : "cancelled (" + detail + ")";
      default -> detail.isEmpty() ? status.getCode().toString() : detail;
    };
  }

  /** What OpenSSL and Netty have for an alert or for another protocol begins with numbers. */
  private static String inWords(String reason) {
    return REASONS.entrySet().stream()
        .filter(known -> reason.contains(known.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(reason.replaceAll(PIPELINE, ""));
  }

  private static String noAnswer(Kind kind) {
    return kind == Kind.DEADLINE
        ? "no answer in time; the server may be overloaded or out of free sequences"
        : "cannot be reached (no connection in time)";
  }

  private static String reason(Status status, String detail) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String text = cause == null || cause.getMessage() == null ? detail : cause.getMessage();
    return text == null ? "" : oneLine(text);
  }

  private static SSLException sslCause(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException ssl) {
        return ssl;
      }
    }
    return null;
  }

  /**
   * Whether a server has answered a client without TLS in another protocol: a TLS server with an
   * alert, or one of HTTP/1.
   */
  private boolean firstBytes(Throwable failure, String hex) {
    for (Throwable cause = failure; cause != null && !endpoint.tls(); cause = cause.getCause()) {
      if (String.valueOf(cause.getMessage()).contains(HEX_DUMP + hex)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the server closed the connection before it sent anything of HTTP/2: only with the
   * server's settings does a channel become ready. Over TLS 1.3 a server refuses a client's
   * certificate in this way, because the handshake ends for the client before the server has seen
   * the certificate. Without TLS it may be a TLS server, or a forwarded port with nothing behind
   * it.
   */
  private boolean closedAtOnce(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE
        && !everReady
        && CLOSED.stream().anyMatch(reason(status, status.getDescription())::contains);
  }

  private static String oneLine(String text) {
    String line = text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll(REQUEST_ID, "");
    return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "…";
  }
}
