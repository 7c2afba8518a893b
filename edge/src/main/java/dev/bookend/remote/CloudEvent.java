package dev.bookend.remote;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What happens on the way to the cloud, for people who wait. Servers have the names that messages
 * give them.
 */
public sealed interface CloudEvent {
  /** The servers are asked for the middle layers. */
  record Searching(List<String> servers) implements CloudEvent {
    public Searching {
      servers = List.copyOf(servers);
    }
  }

  /**
   * The search has ended.
   *
   * @param server which will be used; empty: none has the middle layers
   */
  record SearchEnded(Optional<String> server) implements CloudEvent {}

  /**
   * Of several servers one answers, but not with a middle that can be used; the reason is in its
   * words.
   */
  record PassedOver(String server, String reason) implements CloudEvent {}

  /** A session has lost its server. */
  record Lost(String server, String reason) implements CloudEvent {}

  /**
   * A session begins anew.
   *
   * @param server where
   * @param number which of the servers that is, counted from 1 in the order of the address
   * @param of how many servers there are
   */
  record Reconnecting(String server, int number, int of) implements CloudEvent {}

  /**
   * A session has its first answer since it was lost.
   *
   * @param after how long it was lost
   */
  record Reconnected(String server, Duration after) implements CloudEvent {}

  /**
   * An answer takes longer than it should, though the server says that it lives. Told again as long
   * as it lasts.
   *
   * @param since for how long it has been waited for
   * @param forPlace whether it is the first of its sequence: the server may have no free place
   */
  record Waiting(String server, Duration since, boolean forPlace) implements CloudEvent {}
}
