package dev.bookend.link;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The emulated links between one edge and its servers. Not thread-safe. */
public final class EmulatedLinks implements AutoCloseable {
  private final List<EmulatedLink> links = new ArrayList<>();

  /**
   * Opens a link to a server.
   *
   * @return its near end
   * @throws UncheckedIOException if no local port can be opened
   */
  public InetSocketAddress open(InetSocketAddress server, LinkProfile profile) {
    EmulatedLink link = EmulatedLink.open(server, profile);
    links.add(link);
    return link.address();
  }

  /**
   * Gives all links another profile. What is under way arrives as the old one says; an answer to
   * what is sent from now on arrives behind it.
   *
   * @throws IllegalStateException if no link is emulated
   */
  public void setProfile(LinkProfile profile) {
    if (links.isEmpty()) {
      throw new IllegalStateException("no link is emulated");
    }
    links.forEach(link -> link.setProfile(profile));
  }

  @Override
  public void close() {
    links.forEach(EmulatedLink::close);
  }
}
