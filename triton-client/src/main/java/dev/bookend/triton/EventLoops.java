package dev.bookend.triton;

import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The thread on which a channel waits for the network. It ends with the channel, where those that
 * gRPC shares among channels live for a second longer: a process that ends meanwhile would wait for
 * them, because Java gives threads in native code 0.3 s.
 */
final class EventLoops implements AutoCloseable {
  private static final long MOST_MILLIS = 1_000;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1,
          new DefaultThreadFactory("bookend-network", true),
          Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());

  /** Has a channel run on this thread. */
  void use(NettyChannelBuilder builder) {
    builder
        .eventLoopGroup(group)
        .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class);
  }

  /** Ends the thread; the channel has ended before. */
  @Override
  public void close() {
    group
        .shutdownGracefully(0, MOST_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(MOST_MILLIS);
  }
}
