package dev.bookend.triton;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.stub.MetadataUtils;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Opens gRPC channels. */
final class Channels {
  // An answer of several megabytes must not wait for window updates across a slow link. The size is
  // fixed, because gRPC's own tuning would ping the server and grow to half of it at most.
  private static final int FLOW_CONTROL_WINDOW = 16 << 20;
  // The text of an error comes as metadata. A Python stack trace can exceed gRPC's default limit of
  // 8 KiB, and then the server sends RESOURCE_EXHAUSTED in place of the error.
  private static final int MAX_METADATA_BYTES = 1 << 20;
  private static final long CONNECT_MILLIS = 5_000;
  // gRPC would take gzip from any server, and a few kilobytes of it can be gigabytes of message.
  private static final DecompressorRegistry NO_COMPRESSION =
      DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false);

  private Channels() {}

  static ManagedChannel open(
      Endpoint endpoint,
      ConnectionOptions options,
      Optional<Route> route,
      WireCounter counter,
      EventLoops loops) {
    NettyChannelBuilder builder =
        route
            .map(
                way ->
                    NettyChannelBuilder.forAddress(way.address())
                        .overrideAuthority(endpoint.host()))
            .orElseGet(() -> NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port()))
            .maxInboundMessageSize(options.maxInboundBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .decompressorRegistry(NO_COMPRESSION)
            .keepAliveTime(options.keepalive().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveWithoutCalls(false)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis(options))
            .userAgent("bookend-triton-client")
            .intercept(counting(counter), headers(options));
    loops.use(builder);
    if (endpoint.tls()) {
      builder.sslContext(new CurrentSslContext(endpoint, options));
    } else {
      builder.usePlaintext();
    }
    options.authority().ifPresent(builder::overrideAuthority);
    return builder.build();
  }

  /** Shorter than a call's deadline, so that the first call fails with the reason. */
  private static int connectMillis(ConnectionOptions options) {
    return (int) Math.max(1, Math.min(CONNECT_MILLIS, options.deadline().toMillis() / 2));
  }

  private static ClientInterceptor headers(ConnectionOptions options) {
    Metadata metadata = new Metadata();
    options.headers().forEach((name, value) -> metadata.put(ConnectionOptions.key(name), value));
    return MetadataUtils.newAttachHeadersInterceptor(metadata);
  }

  /** Counts what calls send and receive. */
  static ClientInterceptor counting(WireCounter counter) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions call, Channel next) {
        return next.newCall(method, call.withStreamTracerFactory(counter));
      }
    };
  }
}
