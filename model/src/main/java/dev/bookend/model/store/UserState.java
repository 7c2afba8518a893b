package dev.bookend.model.store;

import java.nio.file.Path;

/**
 * Where Bookend keeps what is neither a user's work nor can be made again: the XDG state directory.
 */
public final class UserState {
  private UserState() {}

  /** A file or directory of this name, which need not exist. */
  public static Path path(String name) {
    String state = System.getenv("XDG_STATE_HOME");
    Path home =
        state == null || state.isBlank()
            ? UserHome.directory().resolve(".local").resolve("state")
            : Path.of(state);
    return home.resolve("bookend").resolve(name);
  }
}
