package dev.bookend.model.store;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Says why a server cannot be reached: Java's own messages often do not. */
final class UnreachableReason {
  private UnreachableReason() {}

  static String of(IOException failure) {
    if (find(failure, UnresolvedAddressException.class).isPresent()
        || find(failure, UnknownHostException.class).isPresent()) {
      return "the host's name cannot be resolved; is there a network, and does it want a proxy"
          + " (HTTPS_PROXY)?";
    }
    if (failure instanceof HttpConnectTimeoutException) {
      return "no answer";
    }
    if (find(failure, NoRouteToHostException.class).isPresent()) {
      return "there is no route to it";
    }
    if (find(failure, CertPathBuilderException.class).isPresent()) {
      return "TLS: its certificate is signed by none that is trusted here (SSL_CERT_FILE names"
          + " others)";
    }
    Optional<CertificateException> certificate = find(failure, CertificateException.class);
    if (certificate.isPresent()) {
      return "TLS: its certificate is not valid: " + certificate.get().getMessage();
    }
    Optional<SSLException> tls = find(failure, SSLException.class);
    if (tls.isPresent()) {
      return "TLS failed: " + tls.get().getMessage();
    }
    // Java 17 says nothing of a refused connection.
    String message = String.valueOf(failure.getMessage());
    return message.equals("null") || message.equals("Connection refused")
        ? "it refuses connections"
        : message;
  }

  private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return Optional.of(type.cast(cause));
      }
    }
    return Optional.empty();
  }
}
