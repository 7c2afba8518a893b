package dev.bookend.triton;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of messages on the wire, without the framing of gRPC and HTTP/2. */
final class WireCounter extends ClientStreamTracer.Factory {
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();

  long sent() {
    return sent.get();
  }

  long received() {
    return received.get();
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void outboundWireSize(long bytes) {
        sent.addAndGet(bytes);
      }

      @Override
      public void inboundWireSize(long bytes) {
        received.addAndGet(bytes);
      }
    };
  }
}
