package dev.bookend.edge.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One direction of an emulated connection. Bytes leave the sender one behind the other at the
 * link's bandwidth, travel for the delay, and arrive in order.
 */
final class DelayLine {
  private static final int PACKET = 1448; // TCP payload of an Ethernet frame
  private static final int MAX_IN_FLIGHT = 64 << 20;
  private static final Burst END = new Burst(new byte[0], 0);

  private final long delayNanos;
  private final long jitterNanos;
  private final long retransmitNanos;
  private final OptionalLong bitsPerSecond;
  private final double loss;
  private final BlockingQueue<Burst> inFlight = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MAX_IN_FLIGHT);
  private volatile boolean drained;
  private long wireFree;
  private long lastArrival;

  /**
   * @param start {@link System#nanoTime} before which nothing leaves
   */
  DelayLine(
      Duration delay,
      Duration jitter,
      Duration retransmit,
      OptionalLong bitsPerSecond,
      double loss,
      long start) {
    this.delayNanos = delay.toNanos();
    this.jitterNanos = jitter.toNanos();
    this.retransmitNanos = retransmit.toNanos();
    this.bitsPerSecond = bitsPerSecond;
    this.loss = loss;
    this.wireFree = start;
    this.lastArrival = start;
  }

  private static final class Burst {
    private final byte[] bytes;
    private final long arrival;

    private Burst(byte[] bytes, long arrival) {
      this.bytes = bytes;
      this.arrival = arrival;
    }
  }

  /** Reads from the sender until it closes. */
  void fill(Socket from) throws IOException, InterruptedException {
    byte[] buffer = new byte[64 << 10];
    InputStream in = from.getInputStream();
    try {
      int count;
      while ((count = in.read(buffer)) >= 0) {
        room.acquire(count);
        if (drained) {
          throw new IOException("the receiver is gone");
        }
        inFlight.put(new Burst(Arrays.copyOf(buffer, count), arrival(count, System.nanoTime())));
      }
    } finally {
      inFlight.put(END);
    }
  }

  /** Writes to the receiver what has arrived, until the end. */
  void drain(Socket to) throws IOException, InterruptedException {
    try {
      OutputStream out = to.getOutputStream();
      Burst burst;
      while ((burst = inFlight.take()) != END) {
        long wait;
        while ((wait = burst.arrival - System.nanoTime()) > 0) {
          TimeUnit.NANOSECONDS.sleep(wait);
        }
        out.write(burst.bytes);
        room.release(burst.bytes.length);
      }
      to.shutdownOutput();
    } finally {
      // The filling thread may wait for room, which nobody makes any more.
      drained = true;
      room.release(MAX_IN_FLIGHT);
    }
  }

  /** When bytes that are sent now have arrived. */
  long arrival(int bytes, long now) {
    long serialization =
        bitsPerSecond.isPresent() ? (long) (bytes * 8e9 / bitsPerSecond.getAsLong()) : 0;
    wireFree = Math.max(wireFree, now) + serialization;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long late = jitterNanos == 0 ? 0 : random.nextLong(jitterNanos + 1);
    for (int packet = 0; loss > 0 && packet < bytes; packet += PACKET) {
      if (random.nextDouble() < loss) {
        late += retransmitNanos;
      }
    }
    lastArrival = Math.max(lastArrival, wireFree + delayNanos + late);
    return lastArrival;
  }
}
