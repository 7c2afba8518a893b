package dev.bookend.link;

import dev.bookend.error.BookendException;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.Route;
import dev.bookend.triton.TritonException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The emulated links between one edge and its servers. Safe for use by several threads. */
public final class EmulatedLinks implements AutoCloseable {
  private final List<EmulatedLink> links = new CopyOnWriteArrayList<>();

  /**
   * Opens a link to a server.
   *
   * @param behind the way from the far end of the link to the server, where that is not direct
   * @return the way over the link
   * @throws BookendException if no local port can be opened
   */
  public Route open(Endpoint server, Optional<Route> behind, LinkProfile profile) {
    InetSocketAddress far =
        behind.map(Route::address).orElse(new InetSocketAddress(server.host(), server.port()));
    EmulatedLink link = EmulatedLink.open(far, profile);
    links.add(link);
    return new LinkRoute(behind.map(Route::name).orElse(server.toString()), link.address(), behind);
  }

  private record LinkRoute(String name, InetSocketAddress address, Optional<Route> behind)
      implements Route {
    @Override
    public Optional<TritonException> failure() {
      return behind.flatMap(Route::failure);
    }
  }

  /** The profile of all links; empty: no link is emulated. */
  public Optional<LinkProfile> profile() {
    return links.stream().findFirst().map(EmulatedLink::profile);
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
