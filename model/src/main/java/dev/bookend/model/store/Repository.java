package dev.bookend.model.store;

import java.io.IOException;
import java.util.List;

/** A repository on the hub as it is at one commit. */
record Repository(Hub hub, HubName name, String commit) {

  /** All files of it. */
  List<HubFile> files() throws IOException {
    return hub.files(name, commit);
  }

  /**
   * Fetches bytes {@code [from,to)} of a file. They may break off early without an exception.
   *
   * @throws RangesIgnoredException if the server would send the whole file instead
   */
  void read(HubFile file, long from, long to, ByteSink sink) throws IOException {
    hub.read(name, commit, file, from, to, sink);
  }
}
