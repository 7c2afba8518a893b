package dev.bookend.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DelayLineTest {
  private static final long MS = 1_000_000;

  private static DelayLine line(int delayMs, int jitterMs, OptionalLong bandwidth, double loss) {
    LinkProfile profile =
        new LinkProfile(
            Duration.ofMillis(2L * delayMs),
            Duration.ofMillis(jitterMs),
            bandwidth,
            OptionalLong.empty(),
            loss);
    return new DelayLine(() -> profile, LinkProfile::upBitsPerSecond, 0);
  }

  @Test
  void bytesArriveAfterTheDelay() {
    assertEquals(41 * MS, line(40, 0, OptionalLong.empty(), 0).arrival(1_000_000, MS));
  }

  @Test
  void bytesQueueForTheBandwidth() {
    DelayLine line = line(40, 0, OptionalLong.of(8_000_000), 0); // 1 byte per microsecond
    assertEquals(50 * MS, line.arrival(10_000, 0));
    assertEquals(60 * MS, line.arrival(10_000, 0));
    assertEquals(150 * MS, line.arrival(10_000, 100 * MS));
  }

  @Property
  void bytesNeverOvertakeEachOther(
      @ForAll @Size(min = 2, max = 50) int[] sizes, @ForAll @IntRange(max = 50) int jitterMs) {
    DelayLine line = line(10, jitterMs, OptionalLong.of(1_000_000_000), 0.1);
    long before = 0;
    for (int i = 0; i < sizes.length; i++) {
      long arrival = line.arrival(Math.abs(sizes[i] % 65_536), i * MS);
      assertTrue(arrival >= before && arrival >= i * MS + 10 * MS);
      before = arrival;
    }
  }

  /** It reads on until the line is full, and must not wait for ever for room in it. */
  @Test
  @Timeout(600)
  void aReceiverThatDiesUnderAFullLineEndsTheSender() throws Exception {
    DelayLine line = line(0, 0, OptionalLong.empty(), 0);
    try (ServerSocket server = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
        Socket sender = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket from = server.accept();
        Socket to = new Socket(server.getInetAddress(), server.getLocalPort())) {
      Socket receiver = server.accept();
      start(() -> sender.getOutputStream().write(new byte[128 << 20]));
      Thread fill = start(() -> line.fill(from));
      Thread drain = start(() -> line.drain(to));
      while (fill.getState() != Thread.State.WAITING) {
        Thread.sleep(10);
      }
      receiver.setSoLinger(true, 0);
      receiver.close();
      drain.join();
      fill.join();
      assertFalse(fill.isAlive());
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Thread start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception e) {
                // The other end is gone: the thread ends, which is what counts.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  @Test
  void aLossOfOneInTenDelaysSomeBurstsByARoundTrip() {
    DelayLine line = line(10, 0, OptionalLong.empty(), 0.1);
    int late = 0;
    for (int i = 0; i < 1000; i++) {
      long sent = i * (100 * MS);
      long travelled = line.arrival(100, sent) - sent;
      assertTrue(travelled == 10 * MS || travelled == 30 * MS);
      late += travelled == 30 * MS ? 1 : 0;
    }
    assertTrue(late > 50 && late < 150, late + " of 1000");
  }
}
