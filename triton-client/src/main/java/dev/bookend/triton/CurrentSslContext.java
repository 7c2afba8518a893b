package dev.bookend.triton;

import static java.util.stream.Collectors.joining;

import dev.bookend.triton.TritonException.Kind;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * TLS 1.2 or newer with the certificates that are in the files now: each new connection looks
 * whether they have changed, for certificates are renewed while programs run. Files that cannot be
 * used, because they are being written or belong to different renewals, leave the last ones in use.
 *
 * <p>Safe for use by several threads.
 */
final class CurrentSslContext extends SslContext {
  private final Endpoint endpoint;
  private final ConnectionOptions options;
  private List<Version> versions; // guarded by this, as is the next
  private SslContext current;

  /** What tells that a file has changed. */
  private record Version(Object key, long size, long modified) {
    static Version of(Path file) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return new Version(
            String.valueOf(found.fileKey()), found.size(), found.lastModifiedTime().toMillis());
      } catch (IOException e) {
        return new Version("", -1, -1);
      }
    }
  }

  /**
   * @throws TritonException if a PEM file of the options cannot be used
   */
  CurrentSslContext(Endpoint endpoint, ConnectionOptions options) {
    this.endpoint = endpoint;
    this.options = options;
    this.versions = versions();
    this.current = load();
  }

  private List<Version> versions() {
    return options.pemFiles().stream().map(Version::of).toList();
  }

  private synchronized SslContext current() {
    List<Version> now = versions();
    if (!now.equals(versions)) {
      try {
        current = load();
        versions = now;
      } catch (TritonException e) {
        System.getLogger(CurrentSslContext.class.getName())
            .log(System.Logger.Level.WARNING, "the certificates read before stay in use", e);
      }
    }
    return current;
  }

  private SslContext load() {
    SslContextBuilder builder = GrpcSslContexts.forClient().protocols("TLSv1.3", "TLSv1.2");
    options
        .certificateAuthority()
        .ifPresent(pem -> using(List.of(pem), () -> builder.trustManager(pem.toFile())));
    options
        .clientIdentity()
        .ifPresent(
            identity ->
                using(
                    List.of(identity.certificates(), identity.key()),
                    () ->
                        builder.keyManager(
                            identity.certificates().toFile(), identity.key().toFile())));
    return using(options.pemFiles(), builder::build);
  }

  /** Runs a step and names the PEM files if it fails, because Netty's own messages often do not. */
  private <T> T using(List<Path> files, Callable<T> step) {
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        throw new TritonException(
            Kind.REFUSED, endpoint + ": cannot read the PEM file " + file, null);
      }
    }
    try {
      return step.call();
    } catch (Exception e) {
      throw new TritonException(
          Kind.REFUSED,
          endpoint
              + ": cannot use "
              + files.stream().map(Path::toString).collect(joining(" with "))
              + " (certificates must be PEM, keys PKCS #8 in PEM without a password)",
          e);
    }
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current().newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
    return current().newEngine(allocator, host, port);
  }

  @Override
  public boolean isClient() {
    return true;
  }

  @Override
  public synchronized List<String> cipherSuites() {
    return current.cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // abstract there, so it must be here
  public synchronized ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return current.applicationProtocolNegotiator();
  }

  @Override
  public synchronized SSLSessionContext sessionContext() {
    return current.sessionContext();
  }
}
