package dev.bookend.triton;

import io.grpc.CallOptions;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** Opens gRPC channels. */
final class Channels {
  // Answers of several megabytes must not wait for window updates across a slow link.
  private static final int FLOW_CONTROL_WINDOW = 16 << 20;
  // More often than every five minutes without a call, and servers answer GOAWAY.
  private static final int KEEPALIVE_MINUTES = 5;

  private Channels() {}

  static ManagedChannel open(Endpoint endpoint, ConnectionOptions options, WireCounter counter) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .maxInboundMessageSize(options.maxInboundBytes())
            .initialFlowControlWindow(FLOW_CONTROL_WINDOW)
            .keepAliveTime(KEEPALIVE_MINUTES, TimeUnit.MINUTES)
            .keepAliveWithoutCalls(false)
            .userAgent("bookend-triton-client")
            .intercept(counting(counter), headers(options));
    if (endpoint.tls()) {
      builder.sslContext(sslContext(options));
    } else {
      builder.usePlaintext();
    }
    options.authority().ifPresent(builder::overrideAuthority);
    return builder.build();
  }

  private static SslContext sslContext(ConnectionOptions options) {
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      options.certificateAuthority().ifPresent(pem -> builder.trustManager(pem.toFile()));
      options
          .clientIdentity()
          .ifPresent(
              identity ->
                  builder.keyManager(identity.certificates().toFile(), identity.key().toFile()));
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new TritonException(
          TritonException.Kind.REFUSED, "cannot use the TLS files given: " + e.getMessage(), e);
    }
  }

  private static ClientInterceptor headers(ConnectionOptions options) {
    Metadata metadata = new Metadata();
    options
        .headers()
        .forEach(
            (name, value) ->
                metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    return MetadataUtils.newAttachHeadersInterceptor(metadata);
  }

  private static ClientInterceptor counting(WireCounter counter) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> io.grpc.ClientCall<Q, R> interceptCall(
          io.grpc.MethodDescriptor<Q, R> method, CallOptions call, io.grpc.Channel next) {
        return next.newCall(method, call.withStreamTracerFactory(counter));
      }
    };
  }
}
