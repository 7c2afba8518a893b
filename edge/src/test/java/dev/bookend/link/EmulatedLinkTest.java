package dev.bookend.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class EmulatedLinkTest {
  private static final LinkProfile PROFILE = LinkProfile.parse("rtt=0ms");

  /** Sends back what it gets. */
  private static void echo(ServerSocket server, int connections) {
    Thread thread =
        new Thread(
            () -> {
              for (int i = 0; i < connections; i++) {
                try (Socket socket = server.accept()) {
                  socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException e) {
                  return;
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void exchange(EmulatedLink link) throws IOException {
    byte[] bytes = {1, 2, 3};
    try (Socket client = new Socket(link.address().getAddress(), link.address().getPort())) {
      client.getOutputStream().write(bytes);
      client.shutdownOutput();
      assertArrayEquals(bytes, client.getInputStream().readAllBytes());
    }
  }

  @Test
  void connectionsThatHaveEndedHoldNoFiles() throws Exception {
    assumeTrue(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean);
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    int connections = 100;
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        EmulatedLink link =
            EmulatedLink.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), PROFILE)) {
      echo(server, connections);
      long before = system.getOpenFileDescriptorCount();
      for (int i = 0; i < connections; i++) {
        exchange(link);
      }
      // The last ones may still be ending.
      long after = system.getOpenFileDescriptorCount();
      assertTrue(after - before < connections / 2, before + " files before, " + after + " after");
    }
  }

  @Test
  void aConnectionThatIsOpenBecomesSlowerWithTheLink() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        EmulatedLink link =
            EmulatedLink.open(
                new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), PROFILE);
        Socket client = new Socket(link.address().getAddress(), link.address().getPort())) {
      echo(server, 1);
      client.getOutputStream().write(1);
      assertEquals(1, client.getInputStream().read());
      link.setProfile(LinkProfile.parse("rtt=300ms"));
      long start = System.nanoTime();
      client.getOutputStream().write(2);
      assertEquals(2, client.getInputStream().read());
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis >= 300, millis + " ms");
    }
  }

  @Test
  void aTargetThatRefusesEndsTheConnectionAndNotTheLink() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (EmulatedLink link = EmulatedLink.open(target, PROFILE)) {
      try (Socket client = new Socket(link.address().getAddress(), link.address().getPort())) {
        assertEquals(-1, client.getInputStream().read());
      }
      try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
        echo(server, 1);
        exchange(link);
      }
    }
  }
}
