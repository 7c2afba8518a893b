package dev.bookend.remote;

import dev.bookend.triton.Endpoint;
import dev.bookend.triton.testing.RawBytes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server in front of another one that passes on bytes, whatever they mean, and to which a fault
 * happens now and then.
 */
final class HostileProxy implements AutoCloseable {
  /** What becomes of the answers of all calls. Used by several threads. */
  interface Fault {
    /** Passes everything on. */
    Fault NONE = (method, message) -> List.of(message);

    /**
     * What is sent in place of a message.
     *
     * @param method its simple name, such as ModelStreamInfer
     * @throws io.grpc.StatusRuntimeException to end the call with that status
     */
    List<byte[]> messages(String method, byte[] message);
  }

  private final ManagedChannel channel;
  private final Server server;
  private final AtomicInteger cancelled = new AtomicInteger();
  private volatile Fault fault = Fault.NONE;

  HostileProxy(Endpoint behind) throws IOException {
    channel =
        NettyChannelBuilder.forAddress(behind.host(), behind.port())
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .fallbackHandlerRegistry(new AnyMethod())
            .build()
            .start();
  }

  Endpoint endpoint() {
    return new Endpoint(InetAddress.getLoopbackAddress().getHostAddress(), server.getPort(), false);
  }

  void set(Fault next) {
    fault = next;
  }

  @Override
  public void close() {
    server.shutdownNow();
    channel.shutdownNow();
  }

  /** How many calls and streams their client has broken off. */
  int cancelled() {
    return cancelled.get();
  }

  private final class AnyMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.<byte[], byte[]>newBuilder()
              .setType(MethodType.BIDI_STREAMING)
              .setFullMethodName(name)
              .setRequestMarshaller(new RawBytes())
              .setResponseMarshaller(new RawBytes())
              .build();
      return ServerMethodDefinition.create(method, new Relay(method));
    }
  }

  /** Connects each call to one of the server behind. */
  private final class Relay implements ServerCallHandler<byte[], byte[]> {
    private final MethodDescriptor<byte[], byte[]> method;

    Relay(MethodDescriptor<byte[], byte[]> method) {
      this.method = method;
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> near, Metadata headers) {
      ClientCall<byte[], byte[]> far = channel.newCall(method, CallOptions.DEFAULT);
      far.start(new Answers(method.getBareMethodName(), near, far), new Metadata());
      far.request(Integer.MAX_VALUE);
      near.request(Integer.MAX_VALUE);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          far.sendMessage(message);
        }

        @Override
        public void onHalfClose() {
          far.halfClose();
        }

        @Override
        public void onCancel() {
          cancelled.incrementAndGet();
          far.cancel("cancelled by the client", null);
        }
      };
    }
  }

  private final class Answers extends ClientCall.Listener<byte[]> {
    private final String method;
    private final ServerCall<byte[], byte[]> near;
    private final ClientCall<byte[], byte[]> far;
    private boolean headersAreSent;
    private boolean closed;

    Answers(String method, ServerCall<byte[], byte[]> near, ClientCall<byte[], byte[]> far) {
      this.method = method;
      this.near = near;
      this.far = far;
    }

    @Override
    public void onHeaders(Metadata headers) {
      headersAreSent = true;
      near.sendHeaders(new Metadata());
    }

    @Override
    public void onMessage(byte[] message) {
      if (closed) {
        return;
      }
      try {
        fault.messages(method, message).forEach(near::sendMessage);
      } catch (io.grpc.StatusRuntimeException e) {
        end(e.getStatus(), e.getTrailers() == null ? new Metadata() : e.getTrailers());
        far.cancel("a fault has ended the call", null);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end(status, trailers);
    }

    private void end(Status status, Metadata trailers) {
      if (closed || near.isCancelled()) {
        return;
      }
      closed = true;
      if (!headersAreSent && status.isOk()) {
        near.sendHeaders(new Metadata());
      }
      near.close(status, trailers);
    }
  }
}
