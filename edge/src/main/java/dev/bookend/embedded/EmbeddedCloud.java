package dev.bookend.embedded;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.triton.Endpoint;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A server for the middle layers on the loopback interface, so that one command runs everything. It
 * speaks the same protocol as a Triton server and computes on DJL.
 */
public final class EmbeddedCloud implements AutoCloseable {
  private static final int FLOW_CONTROL_WINDOW = 16 << 20;
  private static final int MAX_MESSAGE = 1 << 30;

  private final MiddleModel model;
  private final Sequences sequences;
  private final EventLoopGroup threads;
  private final Server server;

  private EmbeddedCloud(MiddleModel model, Sequences sequences, int port) {
    this.model = model;
    this.sequences = sequences;
    this.threads =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("bookend-cloud", true), NioIoHandler.newFactory());
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .maxInboundMessageSize(MAX_MESSAGE)
            .initialFlowControlWindow(FLOW_CONTROL_WINDOW)
            .addService(new InferenceService(model, sequences))
            .bossEventLoopGroup(threads)
            .workerEventLoopGroup(threads)
            .channelType(NioServerSocketChannel.class)
            .build();
    try {
      server.start();
    } catch (IOException e) {
      closeThreads();
      throw new BookendException(
          ErrorCode.IO_FAILED,
          "cannot open a local port for the embedded cloud: " + e.getMessage(),
          e);
    }
  }

  /**
   * The limits of sequences; the names are those of Triton's model configuration.
   *
   * @param maxCandidateSequences most sequences at a time
   * @param maxSequenceIdle how long a sequence is kept without a request
   * @param maxTokensPerStep most new tokens in one step
   */
  public record Limits(int maxCandidateSequences, Duration maxSequenceIdle, int maxTokensPerStep) {
    /** 64 live sessions, each kept for ten minutes without a request. */
    public static final Limits DEFAULT = new Limits(64, Duration.ofMinutes(10));

    /**
     * Steps of up to 128 tokens: on a CPU larger ones gain nothing, other sessions wait for them,
     * and they cost memory, because attention scores are heads x T x C floats.
     */
    public Limits(int maxCandidateSequences, Duration maxSequenceIdle) {
      this(maxCandidateSequences, maxSequenceIdle, 128);
    }
  }

  /** Loads the middle layers and serves them on a free port. */
  public static EmbeddedCloud start(Decoder decoder, Contract contract) {
    return start(decoder, contract, Limits.DEFAULT, 0);
  }

  /**
   * Loads the middle layers and serves them.
   *
   * @param decoder must stay open while this runs
   * @param port port on the loopback interface; 0: any free one
   * @throws BookendException of code {@link ErrorCode#IO_FAILED} if the port is taken
   */
  public static EmbeddedCloud start(Decoder decoder, Contract contract, Limits limits, int port) {
    MiddleModel model = new MiddleModel(decoder, contract, limits);
    Sequences sequences = new Sequences(model, limits);
    try {
      return new EmbeddedCloud(model, sequences, port);
    } catch (RuntimeException e) {
      sequences.close();
      model.close();
      throw e;
    }
  }

  /** Where it listens. */
  public Endpoint endpoint() {
    return new Endpoint(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort(), false);
  }

  /** Stops at once; requests in flight fail as they do when a server dies. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeThreads();
    sequences.close();
    model.close();
  }

  /** Java, when it ends, would wait for threads that wait for the network. */
  private void closeThreads() {
    threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
  }
}
