package dev.bookend.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One direction of an emulated connection. Bytes leave the sender one behind the other at the
 * link's bandwidth, travel for the delay, and arrive in order.
 */
final class DelayLine {
  private static final int MAX_IN_FLIGHT = 64 << 20;
  private static final Burst END = new Burst(new byte[0], 0);

  private final Supplier<LinkProfile> link;
  private final Function<LinkProfile, OptionalLong> bandwidth;
  private final BlockingQueue<Burst> inFlight = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(MAX_IN_FLIGHT);
  private volatile boolean drained;
  private long wireFree;
  private long lastArrival;

  /**
   * @param link gives the profile at the time
   * @param bandwidth the bandwidth of a profile in this direction, in bits per second
   * @param start the earliest time at which a byte leaves, as {@link System#nanoTime} counts
   */
  DelayLine(Supplier<LinkProfile> link, Function<LinkProfile, OptionalLong> bandwidth, long start) {
    this.link = link;
    this.bandwidth = bandwidth;
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

  /** Reads from the sender until the sender closes the connection. */
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

  /** Writes to the receiver what has arrived, until all has. */
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
      // The filling thread may be waiting for room, and nobody else will make any.
      drained = true;
      room.release(MAX_IN_FLIGHT);
    }
  }

  /** The time at which bytes that are sent now will have arrived. */
  long arrival(int bytes, long now) {
    LinkProfile profile = link.get();
    OptionalLong bitsPerSecond = bandwidth.apply(profile);
    long serialization =
        bitsPerSecond.isPresent() ? (long) (bytes * 8e9 / bitsPerSecond.getAsLong()) : 0;
    wireFree = Math.max(wireFree, now) + serialization;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long late = random.nextLong(profile.jitter().toNanos() + 1);
    long roundTrip = profile.roundTrip().toNanos();
    for (int packet = 0; profile.loss() > 0 && packet < bytes; packet += LinkProfile.PACKET) {
      if (random.nextDouble() < profile.loss()) {
        late += roundTrip; // TCP sends the lost packet again
      }
    }
    lastArrival = Math.max(lastArrival, wireFree + roundTrip / 2 + late);
    return lastArrival;
  }
}
