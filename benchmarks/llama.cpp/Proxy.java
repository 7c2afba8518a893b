import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import java.net.InetSocketAddress;

/** Puts a slow link before a port of this machine: {@code java -cp JAR Proxy.java PORT rtt=80ms}. */
class Proxy {
  public static void main(String[] arguments) throws InterruptedException {
    InetSocketAddress target =
        InetSocketAddress.createUnresolved("127.0.0.1", Integer.parseInt(arguments[0]));
    try (EmulatedLink link = EmulatedLink.open(target, LinkProfile.parse(arguments[1]))) {
      System.out.println(link.address().getPort());
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
