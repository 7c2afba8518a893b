package dev.bookend.triton;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The way to a server that is not reached by a TCP connection to its endpoint: a relay, or an SSH
 * tunnel. Safe for use by several threads.
 */
public interface Route {
  /** The server, as messages name it. */
  String name();

  /** Where to connect in place of the endpoint. */
  InetSocketAddress address();

  /**
   * Why the way is closed, if it is. Asked where a connection could not be made or has broken; the
   * message names the server.
   */
  Optional<TritonException> failure();
}
